// SPDX-License-Identifier: Apache-2.0
#include "attention_heads.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace anemone::test {
namespace {

constexpr float kGain = 1.7F;  // of q and k over a normal input: scores are its square wide

}  // namespace

std::string HeadsWriter::named(const std::string& name) const { return fmt::format("layer{}_{}", layer_, name); }

std::string HeadsWriter::trunk(char position, const std::string& channels) const {
  const std::string at(1, position);
  if (c_.trunk == Trunk::kBatchFirst) return "b" + at + channels;
  if (c_.trunk == Trunk::kPositionsFirst) return at + "b" + channels;
  return "b" + channels + "1" + at;
}
// The trunk's axes with the channels as several axes: without the axis of size 1.
std::string HeadsWriter::split_trunk(char position, const std::string& channels) const {
  std::string axes = trunk(position, channels);
  axes.erase(std::remove(axes.begin(), axes.end(), '1'), axes.end());
  return axes;
}

// ---- products with weights
Lettered HeadsWriter::project(const Lettered& x, char position, char in, char out, const std::string& name,
                              float gain) {
  const int64_t from = w_.size(in);
  const int64_t to = w_.size(out);
  const float width = gain / std::sqrt(static_cast<float>(from));
  const auto weight = [&](const ConcreteShape& shape) { return w_.normal(named(name), shape, width); };
  std::vector<Arg> bias;
  if (c_.bias) bias.push_back({"bias", w_.normal(named(name) + "_bias", {to}, 0.1F)});
  const auto with = [&bias](std::vector<Arg> args) {
    args.insert(args.end(), bias.begin(), bias.end());
    return args;
  };
  if (channels_first())
    return w_.add("conv", with({{"x", x.id}, {"weight", weight({to, from, 1, 1})}}), trunk(position, out));
  if (c_.linear == Linear::kLinear)
    return w_.add("linear", with({{"x", x.id}, {"weight", weight({to, from})}}), trunk(position, out));
  if (c_.linear == Linear::kFlat) return flat_project(x, position, out, weight({to, from}), bias);
  const bool transposed = c_.linear == Linear::kMatmulTransposed;
  const std::string axes = std::string() + (transposed ? out : in) + (transposed ? in : out);
  const Lettered w = w_.constant(weight(transposed ? ConcreteShape{to, from} : ConcreteShape{from, to}), axes);
  const std::string result = trunk(position, out);
  const Lettered y =
      c_.linear == Linear::kEinsum ? w_.einsum(x, w, result) : w_.matmul(x, w, false, transposed, result);
  if (bias.empty()) return y;
  return w_.binary("add", y, w_.constant(bias[0].operands[0].literal(), std::string(1, out)));
}

Lettered HeadsWriter::flat_project(const Lettered& x, char position, char out, const Constant& weight,
                                   const std::vector<Arg>& bias) {
  const char rows = position == 's' ? 'u' : 'v';
  const Lettered flat = w_.reshaped(x, {rows, x.axes.back()});
  std::vector<Arg> args = {{"x", flat.id}, {"weight", weight}};
  args.insert(args.end(), bias.begin(), bias.end());
  return w_.reshaped(w_.add("linear", args, {rows, out}), trunk(position, out));
}

float HeadsWriter::gain() const {
  return c_.scaling == Scaling::kFolded && c_.product != Product::kFused
             ? kGain * static_cast<float>(std::pow(static_cast<double>(c_.head_width), -0.25))
             : kGain;
}

// ---- q, k and v with axes for heads, in the order of the trunk; for kPerHead with the heads still in the channels
Lettered HeadsWriter::in_heads(const Lettered& x, char position, char heads) {
  if (c_.product == Product::kPerHead) return x;
  return w_.reshaped(x, split_trunk(position, std::string(1, heads) + "d"));
}

Heads HeadsWriter::heads_of(const Lettered& x, const Lettered& memory) {
  Heads heads;
  if (c_.packing == Packing::kNone || c_.cross) heads.q = in_heads(project(x, 's', 'c', 'e', "q", gain()), 's', 'h');
  if (c_.packing != Packing::kNone) return unpacked(x, memory, heads);
  const Lettered& source = c_.cross ? memory : x;
  const char in = c_.cross ? 'm' : 'c';
  const auto key_side = [&](const char* name) {
    return in_heads(project(source.renamed('s', 't'), 't', in, 'f', name, gain()), 't', 'k');
  };
  heads.k = key_side("k");
  heads.v = key_side("v");
  return heads;
}

Heads HeadsWriter::unpacked(const Lettered& x, const Lettered& memory, Heads heads) {
  const char position = c_.cross ? 't' : 's';
  const Lettered all =
      c_.cross ? project(memory, 't', 'm', 'P', "kv", gain()) : project(x, 's', 'c', 'P', "qkv", gain());
  const std::vector<Lettered> parts = parts_of(all, position);
  const auto part = [&](size_t index, char heads_letter, char wanted) {
    Lettered value = parts[index].renamed('P', heads_letter == 'h' ? 'e' : 'f').renamed(position, wanted);
    if (value.axes.find('d') == std::string::npos) value = in_heads(value, wanted, heads_letter);
    return value.renamed(heads_letter == 'h' ? 'k' : 'h', heads_letter);
  };
  if (!c_.cross) heads.q = part(0, 'h', 's');
  heads.k = part(parts.size() - 2, 'k', 't');
  heads.v = part(parts.size() - 1, 'k', 't');
  return heads;
}

std::vector<Lettered> HeadsWriter::parts_of(const Lettered& all, char position) {
  std::vector<int64_t> widths = {w_.size('f'), w_.size('f')};
  if (!c_.cross) widths.insert(widths.begin(), w_.size('e'));
  if (c_.packing == Packing::kSplit) return w_.split(all, 'P', widths);
  std::vector<Lettered> parts;
  if (c_.packing == Packing::kSlice) {
    int64_t begin = 0;
    for (const int64_t width : widths) {
      parts.push_back(w_.slice(all, 'P', begin, begin + width));
      begin += width;
    }
    return parts;
  }
  if (c_.packing == Packing::kHeadsThenSplit) {
    Lettered split = w_.reshaped(all, split_trunk(position, "hD"));
    if (w_.below(2))
      split = w_.transposed(
          split, channels_first() ? "bhD" + std::string(1, position) : "bh" + std::string(1, position) + "D");
    for (const Lettered& part : w_.split(split, 'D', std::vector<int64_t>(widths.size(), c_.head_width)))
      parts.push_back(part.renamed('D', 'd'));
    return parts;
  }
  Lettered split = w_.reshaped(all, split_trunk(position, c_.packing == Packing::kPartsFirst ? "phd" : "hpd"));
  if (w_.below(2)) split = w_.transposed(split, "pbh" + std::string(1, position) + "d");
  for (size_t i = 0; i < widths.size(); ++i) parts.push_back(w_.pick(split, 'p', static_cast<int64_t>(i)));
  return parts;
}

// One key head for each query head: "bktd" -> "bhtd", whatever the order.
Lettered HeadsWriter::repeated(const Lettered& x) {
  if (c_.key_heads == c_.heads) return x.renamed('k', 'h');
  const auto count = static_cast<int32_t>(w_.size('g'));
  const auto axis = static_cast<size_t>(x.axis('k'));
  if (c_.groups == Groups::kGather) {
    std::vector<int32_t> rows;
    for (int32_t i = 0; i < c_.heads; ++i) rows.push_back(i / count);
    return w_.add("gather", {{"x", x.id}, {"indices", rows}, {"axis", static_cast<int>(axis)}},
                  x.renamed('k', 'h').axes);
  }
  std::string apart = x.axes;
  apart.insert(axis + 1, "1");
  const Lettered single = w_.reshaped(x, apart);
  apart[axis + 1] = 'g';
  Lettered many;
  if (c_.groups == Groups::kConcat) {
    const std::vector<ValueId> copies(static_cast<size_t>(count), single.id);
    many = w_.add("concat", {{"values", copies}, {"axis", static_cast<int>(axis) + 1}}, apart);
  } else {
    std::vector<int32_t> reps(apart.size(), 1);
    reps[axis + 1] = count;
    many = w_.add("tile", {{"x", single.id}, {"reps", reps}}, apart);
  }
  apart.erase(axis + 1, 1);
  apart[axis] = 'h';
  return w_.reshaped(many, apart);
}

}  // namespace anemone::test

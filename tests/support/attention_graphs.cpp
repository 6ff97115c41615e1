// SPDX-License-Identifier: Apache-2.0
#include "attention_graphs.h"

#include <algorithm>
#include <cmath>

#include "attention_parts.h"
#include "axis_writer.h"
#include "base/error.h"

namespace anemone::test {
namespace {

constexpr float kGain = 1.7F;  // of q and k over a normal input: scores are its square wide

std::map<char, int64_t> sizes_of(const AttentionChoices& c) {
  const int64_t parts = c.cross ? 2 : 3;
  std::map<char, int64_t> sizes = {{'b', c.batch},
                                   {'s', c.queries},
                                   {'t', c.keys},
                                   {'c', c.width},
                                   {'m', c.memory_width},
                                   {'h', c.heads},
                                   {'k', c.key_heads},
                                   {'g', c.heads / c.key_heads},
                                   {'d', c.head_width},
                                   {'D', parts * c.head_width},
                                   {'p', parts},
                                   {'B', 13},
                                   {'V', 50},
                                   {'o', 24}};
  sizes['e'] = c.heads * c.head_width;
  sizes['f'] = c.key_heads * c.head_width;
  sizes['P'] = (c.cross ? 0 : sizes['e']) + 2 * sizes['f'];
  sizes['n'] = c.batch * c.heads;
  sizes['i'] = 2 * c.width;
  sizes['R'] = c.positions == Positions::kRotaryPart ? c.head_width / 2 : c.head_width;
  sizes['u'] = c.batch * c.queries;
  sizes['v'] = c.batch * c.keys;
  return sizes;
}

struct Heads {
  Lettered q, k, v;
};

class Maker {
 public:
  explicit Maker(const AttentionChoices& choices)
      : c_(choices), w_(c_.opset, c_.dtype, c_.seed, sizes_of(c_)), masks_(w_, c_) {}

  AttentionGraph make() {
    Lettered x = hidden_input("x", 's', 'c');
    const Lettered memory = c_.cross ? hidden_input("memory", 't', 'm') : Lettered{};
    masks_.make_inputs(result_.inputs);
    for (layer_ = 0; layer_ < c_.layers; ++layer_) x = block(x, memory);
    if (w_.below(3) == 0) x = project(x, 's', 'c', 'o', "head", 1);
    const bool has_halves = c_.opset > 5;
    if (!has_halves)
      x = w_.cast(x, DType::kFloat32);
    else if (w_.builder().ops().back()->id() != x.id)
      x = w_.unary("identity", x);
    w_.builder().rename(x.id, "y");
    result_.program.functions["main"] = std::make_shared<const Function>(w_.builder().finish({x.id}));
    return std::move(result_);
  }

 private:
  bool channels_first() const { return c_.trunk == Trunk::kChannelsFirst; }
  std::string trunk(char position, const std::string& channels) const {
    const std::string at(1, position);
    if (c_.trunk == Trunk::kBatchFirst) return "b" + at + channels;
    if (c_.trunk == Trunk::kPositionsFirst) return at + "b" + channels;
    return "b" + channels + "1" + at;
  }
  std::string trunk(char position, char channel) const { return trunk(position, std::string(1, channel)); }
  // The trunk's axes with the channels as several axes: without the axis of size 1.
  std::string split_trunk(char position, const std::string& channels) const {
    std::string axes = trunk(position, channels);
    axes.erase(std::remove(axes.begin(), axes.end(), '1'), axes.end());
    return axes;
  }
  std::string named(const std::string& name) const { return fmt::format("layer{}_{}", layer_, name); }

  Lettered hidden_input(const std::string& name, char position, char channel) {
    std::mt19937 random(c_.seed + static_cast<unsigned char>(position));
    if (c_.embedding && name == "x") {
      Tensor ids(DType::kInt32, {c_.batch, c_.queries});
      for (int32_t& id : ids.as<int32_t>()) id = static_cast<int32_t>(random() % 50);
      result_.inputs["input_ids"] = ids;
      const Lettered rows = w_.input("input_ids", DType::kInt32, "bs");
      const Lettered found = w_.add(
          "gather", {{"x", w_.normal("embedding", w_.shape("Vc"), 1)}, {"indices", rows.id}, {"axis", 0}}, "bsc");
      return w_.reshaped(w_.transposed(found, split_trunk('s', "c")), trunk('s', 'c'));
    }
    const std::string axes = trunk(position, channel);
    const Constant values = w_.normal(name, w_.shape(axes), 1);
    result_.inputs[name] = values.tensor();
    const bool half = c_.opset > 5 && w_.below(2);
    return w_.cast(w_.input(name, half ? c_.dtype : DType::kFloat32, axes), c_.dtype);
  }

  // ---- products with weights
  Lettered project(const Lettered& x, char position, char in, char out, const std::string& name, float gain) {
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

  Lettered flat_project(const Lettered& x, char position, char out, const Constant& weight,
                        const std::vector<Arg>& bias) {
    const char rows = position == 's' ? 'u' : 'v';
    const Lettered flat = w_.reshaped(x, {rows, x.axes.back()});
    std::vector<Arg> args = {{"x", flat.id}, {"weight", weight}};
    args.insert(args.end(), bias.begin(), bias.end());
    return w_.reshaped(w_.add("linear", args, {rows, out}), trunk(position, out));
  }

  float gain() const {
    return c_.scaling == Scaling::kFolded && c_.product != Product::kFused
               ? kGain * static_cast<float>(std::pow(static_cast<double>(c_.head_width), -0.25))
               : kGain;
  }

  // ---- q, k and v with axes for heads, in the order of the trunk; for kPerHead with the heads still in the channels
  Lettered in_heads(const Lettered& x, char position, char heads) {
    if (c_.product == Product::kPerHead) return x;
    return w_.reshaped(x, split_trunk(position, std::string(1, heads) + "d"));
  }

  Heads heads_of(const Lettered& x, const Lettered& memory) {
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

  Heads unpacked(const Lettered& x, const Lettered& memory, Heads heads) {
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

  std::vector<Lettered> parts_of(const Lettered& all, char position) {
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
  Lettered repeated(const Lettered& x) {
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

  // ---- scores and softmax
  Lettered scaled(const Lettered& x, Scaling here) {
    if (c_.scaling != here && !(c_.scaling == Scaling::kBoth && (here == Scaling::kQueries || here == Scaling::kKeys)))
      return x;
    const float root = std::sqrt(static_cast<float>(c_.head_width));
    if (here == Scaling::kDivideScores) return w_.binary("real_div", x, root);
    return w_.binary("mul", x, c_.scaling == Scaling::kBoth ? 1 / std::sqrt(root) : 1 / root);
  }

  Lettered finished_scores(Lettered scores) {
    scores = scaled(scaled(scores, Scaling::kScores), Scaling::kDivideScores);
    result_.scores.push_back(w_.builder().ops().back()->outputs[0].name);
    return scores;
  }

  Lettered softmax(const Lettered& scores) {
    const int axis = scores.axis('t') - (w_.below(2) ? static_cast<int>(scores.axes.size()) : 0);
    const Lettered x = c_.island ? w_.cast(scores, DType::kFloat32) : scores;
    return w_.cast(w_.add("softmax", {{"x", x.id}, {"axis", axis}}, scores.axes), c_.dtype);
  }

  Lettered probabilities(Lettered scores) {
    if (scores.axes == "nst" && masks_.any())
      return softmax(w_.reshaped(masks_.apply(w_.reshaped(scores, "bhst"), 0), "nst"));
    return softmax(masks_.apply(scores, 0));
  }

  // q with heads h, k and v with heads k; the result has b, s, h and d in some order.
  Lettered attend(Heads heads) {
    if (c_.positions >= Positions::kRotaryHalves && c_.positions <= Positions::kRotaryPart) {
      heads.q = rotated(w_, heads.q, 's', c_.positions);
      heads.k = rotated(w_, heads.k, 't', c_.positions);
    }
    if (c_.product == Product::kFused) return fused(heads);
    heads.q = scaled(heads.q, Scaling::kQueries);
    heads.k = scaled(heads.k, Scaling::kKeys);
    if (c_.groups == Groups::kBroadcast && c_.key_heads != c_.heads) return grouped(heads);
    heads.k = repeated(heads.k);
    heads.v = repeated(heads.v);
    if (c_.product == Product::kRankThree) return rank_three(heads);
    const Lettered scores = finished_scores(scores_of(heads.q, heads.k));
    return context_of(probabilities(scores), heads.v);
  }

  Lettered scores_of(const Lettered& q, const Lettered& k) {
    const auto query = [&](const char* axes) { return w_.transposed(q, axes); };
    const auto key = [&](const char* axes) { return w_.transposed(k, axes); };
    switch (c_.product) {
      case Product::kMatmul:
        return w_.matmul(query("bhsd"), key("bhdt"), false, false, "bhst");
      case Product::kKeysFirst:
        if (w_.below(2)) return w_.matmul(key("bhtd"), query("bhds"), false, false, "bhts");
        return w_.matmul(key("bhtd"), query("bhsd"), false, true, "bhts");
      case Product::kTransposedQueries:
        return w_.matmul(query("bhds"), key("bhdt"), true, false, "bhst");
      case Product::kEinsum:
        return w_.einsum(q, k, w_.below(2) ? "bhst" : "bhts");
      default:
        return w_.matmul(query("bhsd"), key("bhtd"), false, true, "bhst");
    }
  }

  Lettered context_of(const Lettered& p, const Lettered& v) {
    if (c_.product == Product::kEinsum) return w_.einsum(p, v, w_.below(2) ? "bshd" : "bhsd");
    const bool keys_first = p.axes == "bhts";
    if (channels_first() || w_.below(4) == 0) return w_.matmul(w_.transposed(v, "bhdt"), p, false, !keys_first, "bhds");
    return w_.matmul(p, w_.transposed(v, "bhtd"), keys_first, false, "bhsd");
  }

  // Heads of a group share keys and values by broadcasting.
  Lettered grouped(const Heads& heads) {
    Lettered context;
    if (c_.product == Product::kEinsum) {
      std::string axes = heads.q.axes;
      axes.replace(axes.find('h'), 1, "kg");
      const Lettered q = w_.reshaped(heads.q, axes);
      const Lettered scores = finished_scores(w_.einsum(q, heads.k, "bkgst"));
      context = w_.einsum(probabilities(scores), heads.v, "bskgd");
      return w_.reshaped(context, "bshd");
    }
    const Lettered q = w_.reshaped(w_.transposed(heads.q, "bhsd"), "bkgsd");
    const bool flag = c_.product == Product::kFlags;
    const Lettered k = flag ? w_.reshaped(w_.transposed(heads.k, "bktd"), "bk1td")
                            : w_.reshaped(w_.transposed(heads.k, "bkdt"), "bk1dt");
    const Lettered scores = finished_scores(w_.matmul(q, k, false, flag, "bkgst"));
    const Lettered v = w_.reshaped(w_.transposed(heads.v, "bktd"), "bk1td");
    context = w_.matmul(probabilities(scores), v, false, false, "bkgsd");
    return w_.reshaped(context, "bhsd");
  }

  Lettered rank_three(const Heads& heads) {
    const auto flat = [&](const Lettered& x, char position) {
      const std::string at(1, position);
      if (c_.trunk == Trunk::kPositionsFirst)  // what torch's own attention module does
        return w_.transposed(w_.reshaped(w_.transposed(x, at + "bhd"), at + "nd"), "n" + at + "d");
      return w_.reshaped(w_.transposed(x, "bh" + at + "d"), "n" + at + "d");
    };
    const Lettered q = flat(heads.q, 's');
    const Lettered k = flat(heads.k, 't');
    const Lettered v = flat(heads.v, 't');
    const Lettered scores =
        w_.below(2) ? w_.matmul(q, w_.transposed(k, "ndt"), false, false, "nst") : w_.matmul(q, k, false, true, "nst");
    const Lettered context = w_.matmul(probabilities(finished_scores(scores)), v, false, false, "nsd");
    return w_.reshaped(context, "bhsd");
  }

  Lettered fused(const Heads& heads) {
    std::vector<Arg> args = {{"query", w_.transposed(heads.q, "bhsd").id},
                             {"key", w_.transposed(repeated(heads.k), "bhtd").id},
                             {"value", w_.transposed(repeated(heads.v), "bhtd").id}};
    if (masks_.any()) args.push_back({"attn_mask", masks_.joined().id});
    return w_.add("scaled_dot_product_attention", args, "bhsd");
  }

  // Each head by itself, its channels a part of axis 1.
  Lettered by_heads(const Heads& heads) {
    const std::vector<int64_t> widths(static_cast<size_t>(c_.heads), c_.head_width);
    const std::vector<int64_t> key_widths(static_cast<size_t>(c_.key_heads), c_.head_width);
    const auto apart = [&](const Lettered& x, char channels, const std::vector<int64_t>& sizes) {
      std::vector<Lettered> parts;
      if (sizes.size() == 1) return std::vector{x.renamed(channels, 'd')};
      for (const Lettered& part : w_.split(x, channels, sizes)) parts.push_back(part.renamed(channels, 'd'));
      return parts;
    };
    const auto q = apart(scaled(heads.q, Scaling::kQueries), 'e', widths);
    auto k = apart(scaled(heads.k, Scaling::kKeys), 'f', key_widths);
    const auto v = apart(heads.v, 'f', key_widths);
    for (Lettered& key : k) key = w_.transposed(rotated(w_, key, 't', c_.positions), "bt1d");
    std::vector<Lettered> contexts;
    for (size_t head = 0; head < q.size(); ++head) {
      const size_t group = head / static_cast<size_t>(w_.size('g'));
      const Lettered query = rotated(w_, q[head], 's', c_.positions);
      const Lettered scores = finished_scores(w_.einsum(query, k[group], "bt1s"));
      const Lettered p = softmax(masks_.apply(scores, static_cast<int64_t>(head)));
      contexts.push_back(w_.einsum(p, v[group], "bd1s"));
    }
    if (contexts.size() == 1) return contexts[0].renamed('d', 'e');
    return w_.concat(contexts, 'd').renamed('d', 'e');
  }

  // ---- what stands around an attention
  Lettered norm(const Lettered& x, const std::string& name) {
    const int axis = x.axis('c');
    const Constant gain = w_.normal(named(name) + "_gain", w_.shape("c"), 0.1F, 1);
    if (c_.norm != Norm::kRootMeanSquare)
      return w_.add("layer_norm",
                    {{"x", x.id},
                     {"axes", {axis}},
                     {"gamma", gain},
                     {"beta", w_.normal(named(name) + "_shift", w_.shape("c"), 0.1F)},
                     {"epsilon", Constant::of(1e-5F, c_.dtype)}},
                    x.axes);
    const Lettered squares = w_.below(2) ? w_.unary("square", x) : w_.binary("mul", x, x);
    const Lettered mean = w_.add("reduce_mean", {{"x", squares.id}, {"axes", {axis}}, {"keep_dims", true}}, x.axes);
    const Lettered scale =
        w_.add("rsqrt", {{"x", w_.binary("add", mean, 1e-5F).id}, {"epsilon", Constant::of(1e-12F, c_.dtype)}}, x.axes);
    const Lettered gains =
        channels_first() ? w_.constant(gain.reshaped({c_.width, 1, 1}), "c11") : w_.constant(gain, "c");
    return {w_.binary("mul", w_.binary("mul", x, scale), gains).id, x.axes};
  }

  Lettered residual(const Lettered& x, const Lettered& change) {
    return c_.residual ? w_.binary("add", x, change) : change;
  }

  Lettered attention(const Lettered& x, const Lettered& memory) {
    const Heads heads = heads_of(x, memory);
    if (c_.product == Product::kPerHead) return project(by_heads(heads), 's', 'e', 'c', "out", 1);
    const Lettered context = w_.transposed(attend(heads), split_trunk('s', "hd"));
    return project(w_.reshaped(context, trunk('s', 'e')), 's', 'e', 'c', "out", 1);
  }

  Lettered block(const Lettered& input, const Lettered& memory) {
    const bool before = c_.norm == Norm::kLayerBefore || c_.norm == Norm::kRootMeanSquare;
    Lettered x = residual(input, attention(before ? norm(input, "norm1") : input, memory));
    if (c_.norm == Norm::kLayerAfter) x = norm(x, "norm1");
    if (!c_.mlp) return x;
    const Lettered inner = project(before ? norm(x, "norm2") : x, 's', 'c', 'i', "up", 1);
    return residual(x, project(w_.unary(w_.below(2) ? "gelu" : "relu", inner), 's', 'i', 'c', "down", 1));
  }

  AttentionChoices c_;
  AxisWriter w_;
  ScoreMasks masks_;
  AttentionGraph result_;
  int layer_ = 0;
};

}  // namespace

AttentionGraph make_attention(const AttentionChoices& choices) { return Maker(choices).make(); }

}  // namespace anemone::test

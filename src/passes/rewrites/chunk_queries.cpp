// SPDX-License-Identifier: Apache-2.0
// With --attention split-einsum-v2, attention of many queries is done for a part of them at a time, that scores stay in
// the cache of a core. What lies between the two products of an attention says itself how its axes correspond: an axis
// that no op works along can be cut anywhere.
//
//     s = einsum(k, q [B, c, 1, 1024])        ->   q0, q1 = split(q, axis = 3)
//     c = einsum(v, softmax(s, axis = 1))          ci = einsum(v, softmax(einsum(k, qi), axis = 1))
//                                                  c = concat(c0, c1, axis = 3)
#include <algorithm>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

constexpr int64_t kMultiple = 32;  // of queries in all parts but the last: 64 bytes of halves
constexpr int kLongest = 16;       // ops between the products

// An op of the attention; `letter` is that of the queries.
struct Step {
  const Op* op = nullptr;
  AxesStatement axes;
  char letter = 0;

  size_t result_axis() const { return axes.outputs[0].find(letter); }
};

struct Attention {
  std::vector<Step> steps;  // from the first product to the second
  int64_t queries = 0;
};

class Finder {
 public:
  Finder(const Graph& graph, const PassContext& context) : graph_(graph), context_(context) {}

  // The attention that begins with this product; nothing when it is none, or has few queries.
  std::optional<Attention> attention_from(const Op& op) const {
    const auto axes = stated(op);
    if (!axes || !axes->contracts || axes->operands.size() != 2) return std::nullopt;
    for (size_t a = 0; a < axes->outputs[0].size(); ++a) {
      const char letter = axes->outputs[0][a];
      const Dim& size = op.outputs[0].type.shape[a];
      const bool shared = has(axes->operands[0], letter) && has(axes->operands[1], letter);
      if (shared || !size.is_constant() || size.value() <= context_.settings.queries_at_once) continue;
      Attention attention{{{&op, *axes, letter}}, size.value()};
      if (followed(attention)) return attention;
    }
    return std::nullopt;
  }

 private:
  static bool has(const AxesStatement::Place& place, char letter) {
    return place.letters.find(letter) != std::string::npos;
  }

  std::optional<AxesStatement> stated(const Op& op) const {
    if (op.outputs.size() != 1) return std::nullopt;
    auto axes = axes_of(op, context_.table, graph_.function().opset, graph_);
    if (!axes || axes->moves || !axes->begins.empty() || axes->outputs.size() != 1) return std::nullopt;
    return axes;
  }

  // Adds ops up to the second product. One of them must be a softmax.
  bool followed(Attention& attention) const {
    bool normalized = false;
    while (attention.steps.size() < kLongest) {
      const Step& last = attention.steps.back();
      auto next = behind(last);
      if (!next) return false;
      normalized |= next->op->type == "softmax";
      attention.steps.push_back(std::move(*next));
      if (attention.steps.back().axes.contracts) return normalized;
    }
    return false;
  }

  // The only user of a step's result, when it leaves the axis of the queries alone.
  std::optional<Step> behind(const Step& step) const {
    const ValueId value = step.op->id();
    const auto& users = graph_.users(value);
    if (users.size() != 1 || graph_.is_function_output(value)) return std::nullopt;
    auto axes = stated(*users[0]);
    if (!axes) return std::nullopt;
    char letter = 0;
    int uses = 0;
    for (const auto& place : axes->operands) {
      const Operand& operand = users[0]->argument(place.argument)->operands[place.index];
      if (!operand.is_value() || operand.value() != value) continue;
      letter = place.letters[step.result_axis()];
      ++uses;
    }
    const auto in = [&](const std::string& letters) { return letters.find(letter) != std::string::npos; };
    if (uses != 1 || in(axes->along) || !in(axes->outputs[0])) return std::nullopt;
    if (axes->contracts && has(axes->operands[0], letter) && has(axes->operands[1], letter)) return std::nullopt;
    return Step{users[0], std::move(*axes), letter};
  }

  const Graph& graph_;
  const PassContext& context_;
};

class Cutter {
 public:
  Cutter(const Graph& graph, const PassContext& context, const Attention& attention)
      : graph_(graph), attention_(attention), builder_(context.builder(graph)) {
    const int64_t parts = (attention.queries - 1) / context.settings.queries_at_once + 1;
    const int64_t even = (attention.queries - 1) / parts + 1;
    size_ = std::min((even - 1) / kMultiple * kMultiple + kMultiple, context.settings.queries_at_once);
  }

  Patch run() {
    const Step& last = attention_.steps.back();
    std::vector<ValueId> parts;
    for (int64_t at = 0; at < attention_.queries; at += size_) parts.push_back(part(at));
    const ValueId whole = builder_.add(
        "concat", {{"values", parts}, {"axis", static_cast<int32_t>(last.result_axis())}, {"interleave", false}},
        last.op->outputs[0].name);
    Patch patch = Patch::instead_of(*last.op, builder_, whole);
    for (const Step& step : attention_.steps) patch.remove.insert(step.op->id());
    return patch;
  }

 private:
  // All steps for the queries from `begin` on.
  ValueId part(int64_t begin) {
    ValueId before = kNoValue;
    ValueId made = kNoValue;
    for (const Step& step : attention_.steps) {
      std::vector<Arg> args;
      for (const Argument& argument : step.op->arguments) {
        std::vector<Operand> operands = argument.operands;
        for (const auto& place : step.axes.operands) {
          if (place.argument != argument.name) continue;
          Operand& operand = operands[place.index];
          const bool is_chain = operand.is_value() && operand.value() == before;
          operand = is_chain ? Operand(made) : cut(operand, place.letters.find(step.letter), begin);
        }
        args.emplace_back(argument.name, std::move(operands));
      }
      made = builder_.add(step.op->type, std::move(args), step.op->outputs[0].name);
      before = step.op->id();
    }
    return made;
  }

  // The operand for these queries; the whole one when it is the same for all.
  Operand cut(const Operand& operand, size_t axis, int64_t begin) {
    const Type& type = operand.is_value() ? graph_.type(operand.value()) : operand.literal().type();
    if (axis == std::string::npos || type.shape[axis] == Dim(1)) return operand;
    const int64_t end = std::min(begin + size_, attention_.queries);
    if (const Constant* constant = graph_.constant(operand))
      return constant->sliced(static_cast<int>(axis), begin, end);
    std::vector<ValueId>& parts = parts_of_[operand.value()];
    if (parts.empty()) parts = split(operand.value(), static_cast<int32_t>(axis));
    return parts[static_cast<size_t>(begin / size_)];
  }

  std::vector<ValueId> split(ValueId value, int32_t axis) {
    std::vector<int32_t> sizes;
    for (int64_t at = 0; at < attention_.queries; at += size_)
      sizes.push_back(static_cast<int32_t>(std::min(size_, attention_.queries - at)));
    return builder_.add_many("split", {{"x", value}, {"split_sizes", sizes}, {"axis", axis}},
                             graph_.name(value) + "_part");
  }

  const Graph& graph_;
  const Attention& attention_;
  Builder builder_;
  int64_t size_ = 0;
  std::map<ValueId, std::vector<ValueId>> parts_of_;
};

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  if (context.settings.attention != AttentionMode::kSplitEinsumV2) return patches;
  const Finder finder(graph, context);
  for (const OpPtr& op : graph.function().body.ops)
    if (const auto attention = finder.attention_from(*op)) patches.push_back(Cutter(graph, context, *attention).run());
  return patches;
}

}  // namespace

void register_pass_chunk_queries(PassTable& table) {
  table.add({"chunk_queries", Stage::kFinish, {}, "attention of many queries is done for a part at a time", find});
}

}  // namespace anemone

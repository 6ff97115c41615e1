// SPDX-License-Identifier: Apache-2.0
// Scores that a constant of truths replaces by a large negative number before a softmax get that number added: one
// operand less, and a mask that has its own place. Only where every row keeps a score, so that e^-10000 counts nowhere.
//
//     softmax(select(cond = seen, a = scores, b = -10000))   ->   softmax(add(scores, where seen 0, else -10000))
#include <algorithm>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

constexpr double kHides = -1000;  // what is at least this far down counts as hidden

struct Choice {
  ValueId scores = kNoValue;
  double hidden = 0;        // what replaces them
  bool hides_true = false;  // where the truth is true, else where it is false
};

// The one number of a constant, else 0.
double number_of(const Graph& graph, const Operand& operand) {
  const Constant* constant = graph.constant(operand);
  if (!constant || !constant->type().is_tensor() || !is_float(constant->type().dtype)) return 0;
  const Tensor values = constant->tensor();
  const auto all = values.as<float>();
  if (all.empty() || !std::all_of(all.begin(), all.end(), [&](float value) { return value == all[0]; })) return 0;
  return all[0];
}

std::optional<Choice> choice_of(const Graph& graph, const Op& op) {
  if (op.type != "select" || !op.outputs[0].type.is_tensor() || !is_float(op.outputs[0].type.dtype))
    return std::nullopt;
  for (const bool hides_true : {false, true}) {
    const ValueId scores = value_of(graph, op, hides_true ? "b" : "a");
    const Operand* other = graph.operand(op, hides_true ? "a" : "b");
    const double hidden = other ? number_of(graph, *other) : 0;
    if (scores == kNoValue || graph.constant(Operand(scores)) || hidden > kHides) continue;
    if (same_tensor(graph.type(scores), op.outputs[0].type)) return Choice{scores, hidden, hides_true};
  }
  return std::nullopt;
}

// The axis of all softmaxes that read the value, counted from the end; nothing when another op reads it.
std::optional<int> softmax_axis(const Graph& graph, ValueId value) {
  std::optional<int> axis;
  if (graph.is_block_output(value)) return std::nullopt;
  for (const Op* user : graph.users(value)) {
    const auto given = user->type == "softmax" ? constant_integers(graph, *user, "axis") : std::nullopt;
    if (user->type != "softmax") return std::nullopt;
    const auto at = static_cast<int>(given ? given->at(0) : -1);
    const int from_end = at < 0 ? at : at - graph.type(value).rank();
    if (axis && *axis != from_end) return std::nullopt;
    axis = from_end;
  }
  return axis;
}

// Whether each row along the axis keeps an element.
bool keeps_one_in_each_row(const Tensor& truths, bool hides_true, int axis_from_end) {
  const ConcreteShape& shape = truths.shape();
  const auto all = truths.as<bool>();
  const int axis = axis_from_end + truths.rank();
  if (axis < 0) return std::none_of(all.begin(), all.end(), [&](bool truth) { return truth == hides_true; });
  int64_t inner = 1;
  for (size_t i = static_cast<size_t>(axis) + 1; i < shape.size(); ++i) inner *= shape[i];
  const int64_t length = shape[static_cast<size_t>(axis)];
  for (int64_t row = 0; row < truths.size() / std::max<int64_t>(1, length); ++row) {
    const int64_t first = row / inner * length * inner + row % inner;
    bool keeps = false;
    for (int64_t i = 0; i < length && !keeps; ++i) keeps = all[static_cast<size_t>(first + i * inner)] != hides_true;
    if (!keeps) return false;
  }
  return true;
}

Constant mask_of(const Tensor& truths, const Choice& choice, DType dtype) {
  std::vector<float> values;
  for (const bool truth : truths.as<bool>())
    values.push_back(truth == choice.hides_true ? static_cast<float>(choice.hidden) : 0.0F);
  return floats(truths.shape(), values, dtype);
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    const auto choice = choice_of(graph, op);
    const Operand* condition = choice ? graph.operand(op, "cond") : nullptr;
    const Constant* constant = condition ? graph.constant(*condition) : nullptr;
    const auto axis = constant ? softmax_axis(graph, op.id()) : std::nullopt;
    if (!axis || !keeps_shape(op.outputs[0].type, constant->type())) return;
    const Tensor truths = constant->tensor();
    if (!keeps_one_in_each_row(truths, choice->hides_true, *axis)) return;
    Builder builder = context.builder(graph);
    const Constant mask = mask_of(truths, *choice, op.outputs[0].type.dtype);
    const ValueId sum = builder.add("add", {{"x", choice->scores}, {"y", mask}}, op.outputs[0].name);
    patches.push_back(Patch::instead_of(op, builder, sum));
  });
  return patches;
}

}  // namespace

void register_pass_choices_to_masks(PassTable& table) {
  table.add(
      {"choices_to_masks", Stage::kCanonicalize, {"finite_masks"}, "constant choices of scores become masks", find});
}

}  // namespace anemone

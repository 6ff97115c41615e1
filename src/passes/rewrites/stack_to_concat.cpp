// SPDX-License-Identifier: Apache-2.0
// A stack is a concatenation along a new axis, and of one value with itself a repetition.
//
//     stack(a, b, axis = 1)      ->   concat(expand_dims(a, 1), expand_dims(b, 1), axis = 1)
//     concat(k, k, k, axis = 1)  ->   reshape(tile(expand_dims(k, 1), (1, 3, ..)))
#include <algorithm>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

std::optional<Patch> unstacked(const Graph& graph, const PassContext& context, const Op& op) {
  const auto axis = constant_integers(graph, op, "axis");
  const Type& result = op.outputs[0].type;
  const Argument* values = op.argument("values");
  if (!axis || !result.is_tensor() || !result.ranked || result.rank() > 5 || !is_float(result.dtype))
    return std::nullopt;
  const auto at = static_cast<int32_t>(normalized_axis((*axis)[0], result.rank()));
  Builder builder = context.builder(graph);
  const std::string& name = op.outputs[0].name;
  std::vector<Operand> parts;
  for (const Operand& operand : values->operands) {
    const std::vector<Operand> one = {operand};
    parts.emplace_back(builder.add("expand_dims", {{"x", one}, {"axes", {at}}}, name));
  }
  const ValueId joined = builder.add("concat", {{"values", parts}, {"axis", at}, {"interleave", false}}, name);
  return Patch::instead_of(op, builder, joined);
}

std::optional<Patch> repeated(const Graph& graph, const PassContext& context, const Op& op) {
  const auto& operands = op.argument("values")->operands;
  const auto axis = constant_integers(graph, op, "axis");
  const auto interleave = constant_integers(graph, op, "interleave");
  const Type& result = op.outputs[0].type;
  const bool same = operands.size() > 1 && operands.front().is_value() &&
                    std::all_of(operands.begin(), operands.end(),
                                [&](const Operand& o) { return o.is_value() && o.value() == operands[0].value(); });
  if (!same || !axis || (interleave && (*interleave)[0]) || !result.is_concrete()) return std::nullopt;
  const auto at = static_cast<size_t>(normalized_axis((*axis)[0], result.rank()));
  const bool opened = graph.type(operands[0].value()).shape[at] == Dim(1);
  if (!opened && result.rank() > 4) return std::nullopt;
  std::vector<int32_t> reps(result.shape.size() + (opened ? 0 : 1), 1), shape;
  reps[at] = static_cast<int32_t>(operands.size());
  for (const Dim& dim : result.shape) shape.push_back(static_cast<int32_t>(dim.value()));
  Builder builder = context.builder(graph);
  const std::string& name = op.outputs[0].name;
  if (opened) {
    const ValueId repeated_axis = builder.add("tile", {{"x", operands[0].value()}, {"reps", reps}}, name);
    return Patch::instead_of(op, builder, repeated_axis);
  }
  const ValueId open =
      builder.add("expand_dims", {{"x", operands[0].value()}, {"axes", {static_cast<int32_t>(at)}}}, name);
  const ValueId tiled = builder.add("tile", {{"x", open}, {"reps", reps}}, name);
  const ValueId closed = builder.add("reshape", {{"x", tiled}, {"shape", shape}}, name);
  return Patch::instead_of(op, builder, closed);
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    auto patch = op.type == "stack"    ? unstacked(graph, context, op)
                 : op.type == "concat" ? repeated(graph, context, op)
                                       : std::nullopt;
    if (patch) patches.push_back(std::move(*patch));
  });
  return patches;
}

}  // namespace

void register_pass_stack_to_concat(PassTable& table) {
  table.add({"stack_to_concat",
             Stage::kCanonicalize,
             {"pair_rotation"},
             "stacks are concatenations, of one value repetitions",
             find});
}

}  // namespace anemone

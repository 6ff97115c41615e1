// SPDX-License-Identifier: Apache-2.0
// Masks that end in a softmax are at most 10,000 away from 0: infinities and values near the largest half overflow when
// two masks add up, and e^-10000 is 0 all the same. A row whose every key is masked changes.
//
//     add(scores, -inf or 0)  ->  add(scores, -10000 or 0)
#include <algorithm>
#include <cmath>
#include <set>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

constexpr float kMasked = 10000;

// Whether every way from the value leads through elementwise ops and movement into a softmax.
bool only_softmax_sees(const Graph& graph, const OpTable& table, ValueId value, std::set<ValueId>& seen) {
  if (!seen.insert(value).second) return true;
  if (graph.is_block_output(value) || graph.users(value).empty()) return false;
  for (const Op* user : graph.users(value)) {
    if (user->type == "softmax") continue;
    const OpDefinition* definition = table.find(user->type);
    if (!definition || user->outputs.size() != 1) return false;
    const bool passes = definition->elementwise || !definition->view_of.empty() ||
                        user->type == "scaled_dot_product_attention" || definition->axes;
    const auto axes = definition->axes ? axes_of(*user, table, graph.function().opset, graph) : std::nullopt;
    if (!passes || (axes && axes->contracts)) return false;
    if (user->type != "scaled_dot_product_attention" && !only_softmax_sees(graph, table, user->id(), seen))
      return false;
  }
  return true;
}

std::optional<Constant> clamped(const Constant& constant) {
  if (!constant.type().is_tensor() || !is_float(constant.type().dtype)) return std::nullopt;
  Tensor values = constant.tensor();
  bool changed = false;
  std::vector<float> result;
  for (const float value : values.as<float>()) {
    const bool far = !(std::fabs(value) <= kMasked) && !std::isnan(value);
    changed |= far;
    result.push_back(far ? std::copysign(kMasked, value) : value);
  }
  if (!changed) return std::nullopt;
  return floats(values.shape(), result, constant.type().dtype);
}

std::vector<std::string> mask_arguments(const std::string& type) {
  if (type == "add" || type == "sub" || type == "mul") return {"x", "y"};
  if (type == "select") return {"a", "b"};
  if (type == "fill") return {"value"};
  if (type == "pad") return {"constant_val"};
  return {};
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    if (!op.outputs[0].type.is_tensor() || !is_float(op.outputs[0].type.dtype)) return;
    auto changed = std::make_shared<Op>(op);
    Builder builder = context.builder(graph);
    bool any = false;
    for (const std::string& name : mask_arguments(op.type))
      for (Argument& argument : changed->arguments) {
        const Constant* constant = argument.name == name ? graph.constant(argument.operands[0]) : nullptr;
        const auto finite = constant ? clamped(*constant) : std::nullopt;
        if (!finite) continue;
        argument.operands = {Operand(builder.constant(*finite, op.outputs[0].name + "_" + name))};
        any = true;
      }
    std::set<ValueId> seen;
    if (!any || !only_softmax_sees(graph, context.table, op.id(), seen)) return;
    Patch patch = Patch::insert_before(op, builder);
    patch.rebuild[op.id()] = changed;
    patches.push_back(std::move(patch));
  });
  return patches;
}

}  // namespace

void register_pass_finite_masks(PassTable& table) {
  table.add(
      {"finite_masks", Stage::kCanonicalize, {}, "masks of -10000 where they were -inf or near it", find, false, true});
}

}  // namespace anemone

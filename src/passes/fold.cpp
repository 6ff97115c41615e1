// SPDX-License-Identifier: Apache-2.0
#include "passes/fold.h"

#include <deque>

#include "base/error.h"

namespace anemone {
namespace {

// What a const op can hold.
bool can_be_constant(const Type& type) {
  return type.is_tensor() && type.is_concrete() && type.dtype != DType::kString && !is_sub_byte(type.dtype) &&
         type.element_count() <= kSmallConstant;
}

std::vector<Constant> evaluated(const Op& op, const OpTable& table, const Graph& graph) {
  std::deque<Tensor> held;
  const auto value_of = [&](const Operand& operand) -> const Tensor* {
    const Constant* constant = graph.constant(operand);
    const bool readable = constant && constant->type().is_tensor() && constant->type().dtype != DType::kString;
    return readable && constant->is_small() ? &held.emplace_back(constant->tensor()) : nullptr;
  };
  const std::vector<Tensor> results = evaluate(
      op, table, graph.function().opset,
      [&](const Operand& o) -> const Type& { return o.is_value() ? graph.type(o.value()) : o.literal().type(); },
      value_of, [&](const Operand& o) { return graph.constant(o); }, Numerics::kIeeeHalf);
  std::vector<Constant> constants;
  for (size_t i = 0; i < results.size(); ++i) {
    const Type& declared = op.outputs.at(i).type;
    if (results[i].type().concrete() != declared.concrete()) fail("result of another shape");
    constants.emplace_back(converted(results[i], declared.dtype));
  }
  return constants;
}

}  // namespace

std::function<std::optional<std::vector<Constant>>(const Op&, const Graph&)> folder(const OpTable& table) {
  return [&table](const Op& op, const Graph& graph) -> std::optional<std::vector<Constant>> {
    const OpDefinition* definition = table.find(op.type);
    if (!definition || !definition->evaluate || !definition->deterministic || !op.blocks.empty()) return std::nullopt;
    for (const Output& output : op.outputs)
      if (!can_be_constant(output.type)) return std::nullopt;
    try {
      return evaluated(op, table, graph);
    } catch (const Error&) {  // the values are not known, or not valid: the runtime will say so
      return std::nullopt;
    }
  };
}

}  // namespace anemone

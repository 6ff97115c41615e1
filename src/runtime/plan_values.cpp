// SPDX-License-Identifier: Apache-2.0
// What plans and runs do with the values in slots.
#include "base/half.h"
#include "kernels/ane/half.h"
#include "runtime/arrays.h"
#include "runtime/plan.h"

namespace anemone {

void materialize(const Operand& operand, const Graph& graph, std::vector<RuntimeValue>& slots, Prepared& prepared) {
  const Constant* constant = graph.constant(operand);
  if (!constant || !constant->type().is_tensor() || constant->type().dtype == DType::kString) return;
  if (!operand.is_value()) {
    prepared.literals.try_emplace(constant).first->second = constant->tensor();
    return;
  }
  const auto [entry, fresh] = prepared.constants.try_emplace(operand.value());
  if (fresh) entry->second = constant->tensor();
  slots[operand.value()].tensor = entry->second;
}

Arguments bind_to_slots(const Op& op, const OpDefinition& definition, int opset, const Graph& graph,
                        std::vector<RuntimeValue>& slots, std::vector<Type>& types, Prepared& prepared) {
  const auto type_of = [&](const Operand& operand) -> const Type& {
    return operand.is_value() ? types[operand.value()] : operand.literal().type();
  };
  const auto value = [&](const Operand& operand) -> const Tensor* {
    if (operand.is_value()) return &slots[operand.value()].tensor;
    const auto literal = prepared.literals.find(&operand.literal());
    return literal == prepared.literals.end() ? nullptr : &literal->second;
  };
  return bind(op, definition, opset, type_of, value, [&](const Operand& o) { return graph.constant(o); });
}

void materialize_operands(const Op& op, const Graph& graph, std::vector<RuntimeValue>& slots, Prepared& prepared,
                          const std::set<std::string>& absorbed) {
  for (const Argument& argument : op.arguments) {
    if (absorbed.count(argument.name)) continue;
    for (const Operand& operand : argument.operands) materialize(operand, graph, slots, prepared);
  }
}

Tensor rounded(const Tensor& tensor, Numerics numerics) {
  Tensor copy = copy_of(tensor);
  round_result(copy, numerics);
  return copy;
}

void round_result(Tensor& tensor, Numerics numerics) {
  if (numerics == Numerics::kFloat32 || tensor.dtype() != DType::kFloat32) return;
  const auto values = tensor.as<float>();
  if (numerics == Numerics::kAne)
    kernels::ane::round_away(values.data(), values.size());
  else
    round_to_half(values.data(), values.size());
}

}  // namespace anemone

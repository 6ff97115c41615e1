// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/replay.h"

#include <deque>

#include "base/error.h"
#include "ops/ops.h"

namespace anemone {

std::optional<Tensor> evaluated(const Side& side, const Op& op, ValueId changed, const Tensor& value) {
  std::deque<Tensor> held;
  const auto type_of = [&](const Operand& operand) -> const Type& {
    return operand.is_value() ? side.graph().type(operand.value()) : operand.literal().type();
  };
  const auto value_of = [&](const Operand& operand) -> const Tensor* {
    if (const Constant* constant = side.graph().constant(operand))
      return constant->type().is_tensor() && constant->type().dtype != DType::kString
                 ? &held.emplace_back(constant->tensor())
                 : nullptr;
    if (!operand.is_value()) return nullptr;
    const Tensor* known = operand.value() == changed ? &value : side.value(operand.value());
    return known ? &held.emplace_back(converted(*known, compute_dtype(type_of(operand).dtype))) : nullptr;
  };
  try {
    auto results = evaluate(op, op_table(), side.function().opset, type_of, value_of,
                            [&](const Operand& operand) { return side.graph().constant(operand); });
    return converted(results.at(0), DType::kFloat32);
  } catch (const Error&) {
    return std::nullopt;  // needs what only a run has
  }
}

}  // namespace anemone

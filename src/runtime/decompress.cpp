// SPDX-License-Identifier: Apache-2.0
#include "runtime/decompress.h"

#include <algorithm>
#include <deque>
#include <unordered_map>

#include "base/error.h"
#include "ir/graph.h"
#include "ops/ops.h"

namespace anemone {

void decompress(const Function& function, const std::function<void(const Output&, const Tensor&)>& visit) {
  const Graph graph(function);
  std::unordered_map<ValueId, Tensor> values;  // constexpr ops may use each other's results
  for_each_op(function.body, [&](const Op& op) {
    if (!is_constexpr(op)) return;
    std::deque<Tensor> operands;
    const auto value_of = [&](const Operand& operand) -> const Tensor* {
      if (operand.is_value())
        if (const auto found = values.find(operand.value()); found != values.end()) return &found->second;
      const Constant* constant = graph.constant(operand);
      if (!constant || constant->type().dtype == DType::kString) return nullptr;
      return &operands.emplace_back(constant->tensor());
    };
    const auto type_of = [&](const Operand& operand) -> const Type& {
      return operand.is_value() ? graph.type(operand.value()) : operand.literal().type();
    };
    const auto results = evaluate(
        op, op_table(), function.opset, type_of, value_of, [&](const Operand& o) { return graph.constant(o); },
        Numerics::kIeeeHalf);
    for (size_t i = 0; i < results.size(); ++i) {
      visit(op.outputs[i], results[i]);
      const auto& users = graph.users(op.outputs[i].id);
      const bool used = std::any_of(users.begin(), users.end(), [](const Op* user) { return is_constexpr(*user); });
      if (used) values[op.outputs[i].id] = results[i];
    }
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands)
        if (const Constant* constant = graph.constant(operand)) constant->release();
  });
}

}  // namespace anemone

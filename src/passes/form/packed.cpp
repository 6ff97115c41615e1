// SPDX-License-Identifier: Apache-2.0
#include "passes/form/packed.h"

#include "base/error.h"

namespace anemone::form {
namespace {

constexpr int kMatrix = 2;

// A tensor that has the axes of the weight, perhaps with others behind them (the entries of a palette), gets the new
// ones between them. Flat lists of values and scales stay.
Constant widened(const Constant& constant) {
  const Type& type = constant.type();
  if (!type.is_tensor() || type.rank() < kMatrix) return constant;
  ConcreteShape shape = type.concrete();
  shape.insert(shape.begin() + kMatrix, {1, 1});
  return constant.reshaped(shape);
}

// `shape` says what the result looks like.
Constant longer(const Constant& shape) {
  const Constant ones(converted(Tensor::vector({1, 1}), shape.type().dtype));
  return Constant::concatenated({shape, ones}, 0);
}

}  // namespace

const Op* packed_weight(const Graph& graph, const Operand& operand) {
  const Op* op = operand.is_value() ? graph.producer(operand.value()) : nullptr;
  return op && is_constexpr(*op) ? op : nullptr;
}

std::vector<ValueId> as_kernel(const Op& op, const Graph& graph, Builder& builder) {
  std::vector<Arg> args;
  for (const Argument& argument : op.arguments) {
    std::vector<Operand> operands;
    for (const Operand& operand : argument.operands) {
      if (const Op* inner = packed_weight(graph, operand)) {
        size_t which = 0;
        while (inner->outputs[which].id != operand.value()) ++which;
        operands.emplace_back(as_kernel(*inner, graph, builder)[which]);
        continue;
      }
      const Constant* constant = graph.constant(operand);
      CHECK(constant);
      operands.emplace_back(argument.name == "shape" ? longer(*constant) : widened(*constant));
    }
    args.emplace_back(argument.name, std::move(operands));
  }
  return builder.add_many(op.type, std::move(args), op.outputs[0].name);
}

}  // namespace anemone::form

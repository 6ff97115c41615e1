// SPDX-License-Identifier: Apache-2.0
#include "runtime/shared/element_chain.h"

#include <algorithm>

#include "runtime/kernel.h"
#include "runtime/shared/binary_function.h"
#include "runtime/shared/unary_function.h"

namespace anemone {
namespace {

bool is_unary(const Op& op) {
  const auto names = unary_ops();
  return std::find(names.begin(), names.end(), op.type) != names.end();
}

int64_t element_count(const Graph& graph, const Operand& operand) {
  const Type& type = operand.is_value() ? graph.type(operand.value()) : operand.literal().type();
  return type.is_tensor() && type.is_concrete() ? type.element_count() : -1;
}

// The same shape, or [1, ..., 1, columns].
bool fits_rows(const Type& other, const Type& value) {
  if (!other.ranked || !value.ranked || other.rank() == 0 || value.rank() == 0) return false;
  if (other.shape == value.shape) return true;
  const bool is_row = std::all_of(other.shape.begin(), other.shape.end() - 1, [](const Dim& dim) { return dim == 1; });
  return is_row && other.rank() <= value.rank() && other.shape.back() == value.shape.back();
}

bool is_value(const Operand* operand, ValueId value) {
  return operand != nullptr && operand->is_value() && operand->value() == value;
}

// Whether the value that the link continues is the right operand.
bool is_swapped(const ChainLink& link) { return !is_value(&link.op->argument("x")->operands.front(), link.from); }

}  // namespace

bool has_one_user(const Graph& graph, ValueId value) {
  return graph.users(value).size() == 1 && !graph.is_block_output(value);
}

std::optional<ChainLink> link_of(const Graph& graph, const Op& op, ValueId from) {
  const Operand* x = graph.operand(op, "x");
  if (is_unary(op)) return is_value(x, from) ? std::optional(ChainLink{&op, from, kNoValue}) : std::nullopt;
  const Operand* y = graph.operand(op, "y");
  if (binary_functions().count(op.type) == 0 || is_value(x, from) == is_value(y, from)) return std::nullopt;
  const Operand* other = is_value(x, from) ? y : x;
  if (other == nullptr) return std::nullopt;
  const bool number = is_constant(graph, *other) && element_count(graph, *other) == 1;
  if (!number && !other->is_value()) return std::nullopt;
  return ChainLink{&op, from, number ? kNoValue : other->value()};
}

std::vector<ChainLink> chain_after(const Graph& graph, ValueId value) {
  std::vector<ChainLink> links;
  while (has_one_user(graph, value)) {
    const auto link = link_of(graph, *graph.users(value).front(), value);
    if (!link || (link->other != kNoValue && !fits_rows(graph.type(link->other), graph.type(value)))) break;
    links.push_back(*link);
    value = link->op->id();
  }
  return links;
}

const Type& other_type(const ChainLink& link, const Arguments& arguments) {
  return arguments.type(is_swapped(link) ? "x" : "y");
}

std::optional<kernels::ElementStep> step_of(const ChainLink& link, const Arguments& arguments) {
  kernels::ElementStep step;
  if (const auto unary = unary_function(arguments)) {
    step.unary = unary->function;
    step.number = unary->parameter;
    return step;
  }
  const auto binary = binary_functions().find(link.op->type);
  if (binary == binary_functions().end() || !is_float(arguments.type("x").dtype) ||
      !is_float(arguments.type("y").dtype))
    return std::nullopt;
  step.binary = binary->second;
  step.swapped = is_swapped(link);
  step.kind = link.other == kNoValue ? kernels::ElementStep::Kind::kNumber : kernels::ElementStep::Kind::kMatrix;
  if (link.other != kNoValue) return step;
  const auto number = constant_tensor(arguments, step.swapped ? "x" : "y");
  if (!number || number->dtype() != DType::kFloat32 || number->size() != 1) return std::nullopt;
  if (number->rank() > arguments.type(step.swapped ? "y" : "x").rank()) return std::nullopt;  // another result shape
  step.number = number->as<float>()[0];
  return step;
}

}  // namespace anemone

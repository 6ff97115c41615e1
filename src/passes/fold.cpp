// SPDX-License-Identifier: Apache-2.0
#include "passes/fold.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ir/known_values.h"

namespace anemone {
namespace {

// What a const op can hold.
bool can_be_constant(const Type& type) {
  return type.is_tensor() && type.is_concrete() && type.dtype != DType::kString && !is_sub_byte(type.dtype) &&
         type.element_count() <= kSmallConstant;
}

// Whether storing a result loses nothing.
bool same_values(const Tensor& result, const Tensor& stored) {
  if (result.dtype() != DType::kFloat32 || stored.dtype() == DType::kFloat32) return true;
  const Tensor back = to_compute(stored);
  return std::equal(result.as<float>().begin(), result.as<float>().end(), back.as<float>().begin(),
                    [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); });
}

std::vector<Constant> evaluated(const Op& op, const OpTable& table, int opset, const OperandSource& source) {
  KnownValues values;
  const auto value_of = [&](const Operand& operand) { return values.of(source.constant(operand)); };
  const std::vector<Tensor> results =
      evaluate(op, table, opset, source.type, value_of, source.constant, Numerics::kFloat32);
  std::vector<Constant> constants;
  for (size_t i = 0; i < results.size(); ++i) {
    const Type& declared = op.outputs.at(i).type;
    if (results[i].type().concrete() != declared.concrete()) fail("result of another shape");
    Tensor stored = converted(results[i], declared.dtype);
    if (op.type != "cast" && !same_values(results[i], stored)) fail("a result that is rounded");
    constants.emplace_back(std::move(stored));
  }
  return constants;
}

}  // namespace

std::optional<std::vector<Constant>> folded(const Op& op, const OpTable& table, int opset,
                                            const OperandSource& source) {
  const OpDefinition* definition = table.find(op.type);
  if (!definition || !definition->evaluate || !definition->deterministic || !op.blocks.empty()) return std::nullopt;
  for (const Output& output : op.outputs)
    if (!can_be_constant(output.type)) return std::nullopt;
  for (const Argument& argument : op.arguments)
    for (const Operand& operand : argument.operands)
      if (!source.constant(operand) && !source.type(operand).is_concrete()) return std::nullopt;
  try {
    return evaluated(op, table, opset, source);
  } catch (const Error&) {  // the values are not known, or not valid: the runtime will say so
    return std::nullopt;
  }
}

std::function<std::optional<std::vector<Constant>>(const Op&, const Graph&)> folder(const OpTable& table) {
  return [&table](const Op& op, const Graph& graph) {
    const OperandSource source = {
        [&](const Operand& o) -> const Type& { return o.is_value() ? graph.type(o.value()) : o.literal().type(); },
        [&](const Operand& o) { return graph.constant(o); }};
    return folded(op, table, graph.function().opset, source);
  };
}

}  // namespace anemone

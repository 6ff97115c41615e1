// SPDX-License-Identifier: Apache-2.0
#include "placement/op_view.h"

#include <deque>

#include "base/error.h"
#include "ir/op_definition.h"
#include "ops/ops.h"

namespace anemone {
namespace {

bool all_concrete(const Block& block) {
  for (const Output& input : block.inputs)
    if (input.type.is_tensor() && !input.type.is_concrete()) return false;
  for (const OpPtr& op : block.ops) {
    for (const Output& output : op->outputs)
      if (output.type.is_tensor() && !output.type.is_concrete()) return false;
    for (const Block& inner : op->blocks)
      if (!all_concrete(inner)) return false;
  }
  return true;
}

// The default shape of an input as its description gives it.
Type default_type(const Output& input, const Function& function) {
  for (const Feature& feature : function.input_features)
    if (feature.name == input.name && feature.shape && input.type.is_tensor() &&
        feature.shape->size() == input.type.shape.size())
      return Type::tensor(input.type.dtype, *feature.shape);
  return input.type;
}

// Calls body(definition, arguments) with an op bound to types; nothing happens when the op is not known or not sound,
// because an estimate is no reason to refuse a program.
template <typename TypeOf, typename Body>
void with_bound(const Op& op, const Graph& graph, const TypeOf& type_of, const Body& body) {
  const OpDefinition* definition = op_table().find(op.type);
  if (!definition || !op.blocks.empty()) return;
  std::deque<Tensor> values;  // keeps addresses
  const auto literal = [&](const Operand& operand) { return graph.constant(operand); };
  const auto known = [&](const Operand& operand) -> const Tensor* {
    const Constant* constant = graph.constant(operand);
    const bool plain = constant && constant->type().is_tensor() && constant->type().dtype != DType::kString;
    if (!plain || !constant->is_small() || constant->file_range()) return nullptr;
    return &values.emplace_back(constant->tensor());
  };
  try {
    body(*definition, bind(op, *definition, graph.function().opset, type_of, known, literal));
  } catch (const Error&) {
  }
}

// Result types of one op from the types of its operands; what it declares when they cannot be inferred.
std::vector<Type> inferred(const Op& op, const Graph& graph, const std::unordered_map<ValueId, Type>& types) {
  std::vector<Type> results;
  for (const Output& output : op.outputs) results.push_back(output.type);
  const auto type_of = [&](const Operand& operand) -> const Type& {
    if (!operand.is_value()) return operand.literal().type();
    const auto found = types.find(operand.value());
    return found == types.end() ? graph.type(operand.value()) : found->second;
  };
  with_bound(op, graph, type_of, [&](const OpDefinition& definition, const Arguments& arguments) {
    std::vector<Type> found = definition.infer ? definition.infer(arguments) : results;
    if (found.size() == results.size()) results = std::move(found);
  });
  return results;
}

}  // namespace

FunctionTypes::FunctionTypes(const Graph& graph) : graph_(graph) {
  const Function& function = graph.function();
  bool fixed_inputs = true;
  for (const Output& input : function.inputs) fixed_inputs &= !input.type.is_tensor() || input.type.is_concrete();
  if (fixed_inputs && all_concrete(function.body)) return;
  for (const Output& input : function.inputs) types_[input.id] = default_type(input, function);
  for (const OpPtr& op : function.body.ops) {
    const std::vector<Type> results = inferred(*op, graph, types_);
    for (size_t i = 0; i < results.size(); ++i) types_[op->outputs[i].id] = results[i];
  }
}

const Type& FunctionTypes::type(ValueId value) const {
  const auto found = types_.find(value);
  return found == types_.end() ? graph_.type(value) : found->second;
}

size_t OpView::count(std::string_view argument) const {
  const Argument* found = op_.argument(argument);
  return found ? found->operands.size() : 0;
}

const Type& OpView::type_of(const Operand& operand) const {
  return operand.is_value() ? types_.type(operand.value()) : operand.literal().type();
}

const Type* OpView::input(std::string_view argument, size_t index) const {
  const Argument* found = op_.argument(argument);
  return found && index < found->operands.size() ? &type_of(found->operands[index]) : nullptr;
}

bool OpView::is_fixed(const Operand& operand) const {
  if (graph_.constant(operand)) return true;
  const Op* made_by = operand.is_value() ? graph_.producer(operand.value()) : nullptr;
  return made_by && is_constexpr(*made_by);
}

bool OpView::is_fixed(std::string_view argument) const {
  const Argument* found = op_.argument(argument);
  if (!found) return true;
  for (const Operand& operand : found->operands)
    if (!is_fixed(operand)) return false;
  return true;
}

const Op* OpView::producer(std::string_view argument) const {
  const Operand* operand = graph_.operand(op_, argument);
  return operand && operand->is_value() ? graph_.producer(operand->value()) : nullptr;
}

std::optional<std::vector<int64_t>> OpView::integers(std::string_view argument) const {
  const Constant* constant = graph_.constant(op_, argument);
  if (!constant || !constant->type().is_tensor() || !is_integer(constant->type().dtype)) return std::nullopt;
  if (constant->element_count() > 64) return std::nullopt;
  return to_integers(constant->tensor());
}

int64_t OpView::integer(std::string_view argument, int64_t otherwise) const {
  const auto values = integers(argument);
  return values && values->size() == 1 ? values->front() : otherwise;
}

bool OpView::flag(std::string_view argument) const {
  const Constant* constant = graph_.constant(op_, argument);
  if (!constant || !constant->type().is_tensor() || constant->type().dtype != DType::kBool) return false;
  return constant->element_count() == 1 && constant->tensor().as<uint8_t>()[0] != 0;
}

double flops_of(const OpView& op) {
  double flops = 0;
  std::vector<Type> outputs;
  for (size_t i = 0; i < op.op().outputs.size(); ++i) outputs.push_back(op.output(i));
  const auto type_of = [&](const Operand& operand) -> const Type& { return op.type_of(operand); };
  with_bound(op.op(), op.graph(), type_of, [&](const OpDefinition& definition, const Arguments& arguments) {
    if (definition.cost)
      flops = definition.cost(arguments, outputs).flops;
    else if (definition.elementwise && !outputs.empty())
      flops = elements_of(outputs.front());
  });
  return flops;
}

double elements_of(const Type& type) {
  if (!type.is_tensor() || !type.ranked) return 0;
  double count = 1;
  for (const Dim& dim : type.shape) count *= dim.is_constant() ? static_cast<double>(dim.value()) : 1;
  return count;
}

double bytes_of(const Type& type) {
  if (type.is_state() && !type.elements.empty()) return bytes_of(type.elements.front());
  return type.is_tensor() ? elements_of(type) * bit_width(type.dtype) / 8 : 0;
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Binding, inferring and evaluating one op.
#include "ir/op_definition.h"

#include <algorithm>
#include <deque>
#include <unordered_map>

#include "base/error.h"
#include "base/half.h"
#include "base/strings.h"
#include "ir/graph.h"
#include "ir/known_values.h"

namespace anemone {
namespace {

using TypeOf = std::function<const Type&(const Operand&)>;
using Known = std::function<const Tensor*(const Operand&)>;
using Literal = std::function<const Constant*(const Operand&)>;

std::string names(const std::vector<DType>& types) {
  std::vector<std::string> texts;
  for (const DType type : types) texts.emplace_back(name_of(type));
  return any_of(texts);
}

void check_element_type(const Parameter& parameter, const Type& type, std::map<std::string, DType>& domains) {
  if (!type.is_tensor()) return;  // lists, tuples and states are the op's own business
  const auto& allowed = parameter.types;
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), type.dtype) == allowed.end())
    fail("{} has element type {}, expected {}", parameter.name, name_of(type.dtype), names(allowed));
  if (parameter.domain.empty()) return;
  const auto [entry, fresh] = domains.emplace(parameter.domain, type.dtype);
  if (!fresh && entry->second != type.dtype)
    fail("{} has element type {}, but the op works on {}", parameter.name, name_of(type.dtype), name_of(entry->second));
}

const Signature& signature_of(const Op& op, const OpDefinition& definition, int opset) {
  const Signature* found = definition.signature(opset);
  if (!found)
    fail("op {} does not exist in CoreML{}, only from CoreML{}", op.type, opset, definition.signatures[0].opset);
  return *found;
}

// What bind() needs to know about ops that stand inside a graph: small constants in compute form.
class GraphValues {
 public:
  explicit GraphValues(const Graph* graph) : graph_(graph) {}

  const Type& type(const Operand& operand) const {
    return operand.is_value() ? graph_->type(operand.value()) : operand.literal().type();
  }
  const Constant* literal(const Operand& operand) const {
    return operand.is_value() ? (graph_ ? graph_->constant(operand) : nullptr) : &operand.literal();
  }
  const Tensor* known(const Operand& operand) { return small_.of(literal(operand)); }
  const Tensor* any(const Operand& operand) {
    const Constant* constant = literal(operand);
    if (!constant || !constant->type().is_tensor() || constant->type().dtype == DType::kString) return nullptr;
    return &tensors_.emplace_back(constant->tensor());
  }

 private:
  const Graph* graph_;
  KnownValues small_;
  std::deque<Tensor> tensors_;  // of any size; keeps addresses
};

class Collected : public Results {
 public:
  Collected(size_t count, Numerics numerics) : tensors_(count), numerics_(numerics) {}
  Tensor& allocate(size_t index, const ConcreteShape& shape, DType compute_type) override {
    CHECK(index < tensors_.size());
    return tensors_[index] = Tensor(compute_type, shape);
  }
  void set(size_t index, Tensor tensor) override {
    CHECK(index < tensors_.size());
    tensors_[index] = std::move(tensor);
  }
  Numerics numerics() const override { return numerics_; }
  std::vector<Tensor> take() { return std::move(tensors_); }

 private:
  std::vector<Tensor> tensors_;
  Numerics numerics_;
};

std::string described(const Op& op) { return fmt::format("op {} ({})", op.name, op.type); }

}  // namespace

Arguments bind(const Op& op, const OpDefinition& definition, int opset, const TypeOf& type_of, const Known& known,
               const Literal& literal) {
  const Signature& found = signature_of(op, definition, opset);
  std::map<std::string, Arguments::Bound, std::less<>> bound;
  std::map<std::string, DType> domains;
  for (const Argument& argument : op.arguments) {
    const Parameter* parameter = found.find(argument.name);
    if (!parameter) fail("has no parameter {} in CoreML{}", argument.name, opset);
    if (!parameter->is_list && argument.operands.size() != 1)
      fail("{} binds {} values, expected 1", argument.name, argument.operands.size());
    Arguments::Bound entry;
    for (const Operand& operand : argument.operands) {
      entry.types.push_back(type_of(operand));
      check_element_type(*parameter, entry.types.back(), domains);
      entry.values.push_back(known(operand));
      entry.constants.push_back(literal(operand));
    }
    bound.emplace(argument.name, std::move(entry));
  }
  for (const Parameter& parameter : found.parameters)
    if (!parameter.optional && bound.find(parameter.name) == bound.end())
      fail("argument {} is missing", parameter.name);
  return {op, found, opset, std::move(bound)};
}

std::vector<Type> infer_types(const Op& op, const OpTable& table, int opset, const Graph& graph) {
  return with_context(described(op), [&] {
    const OpDefinition* definition = table.find(op.type);
    if (!definition) fail("there is no op of this type");
    GraphValues values(&graph);
    const Arguments arguments = bind(
        op, *definition, opset, [&](const Operand& o) -> const Type& { return values.type(o); },
        [&](const Operand& o) { return values.known(o); }, [&](const Operand& o) { return values.literal(o); });
    return definition->infer(arguments);
  });
}

namespace {

// Elementwise ops broadcast at the right, so the letters of an operand are the last ones of the result.
AxesStatement elementwise_axes(const Arguments& arguments, const Type& result) {
  AxesStatement statement;
  const std::string letters = axis_letters(result.rank());
  statement.outputs = {letters};
  for (const Argument& argument : arguments.op().arguments) {
    const Type& type = arguments.type(argument.name);
    if (!type.is_tensor() || type.rank() == 0) continue;
    statement.operands.push_back({argument.name, 0, letters.substr(letters.size() - type.shape.size())});
  }
  return statement;
}

}  // namespace

std::string axis_letters(int rank, int first) {
  std::string letters;
  for (int i = 0; i < rank; ++i) letters += static_cast<char>('a' + first + i);
  return letters;
}

std::optional<AxesStatement> axes_of(const Op& op, const OpTable& table, int opset, const Graph& graph) {
  const OpDefinition* definition = table.find(op.type);
  if (!definition || (!definition->axes && !definition->elementwise)) return std::nullopt;
  for (const Output& output : op.outputs)
    if (!output.type.is_tensor() || !output.type.ranked) return std::nullopt;
  for (const Argument& argument : op.arguments)
    for (const Operand& operand : argument.operands) {
      const Type& type = operand.is_value() ? graph.type(operand.value()) : operand.literal().type();
      if (!type.is_tensor() || !type.ranked) return std::nullopt;
    }
  GraphValues values(&graph);
  const Arguments arguments = bind(
      op, *definition, opset, [&](const Operand& o) -> const Type& { return values.type(o); },
      [&](const Operand& o) { return values.known(o); }, [&](const Operand& o) { return values.literal(o); });
  if (definition->axes) return definition->axes(arguments);
  return elementwise_axes(arguments, op.outputs[0].type);
}

std::vector<Tensor> evaluate(const Op& op, const OpTable& table, int opset, const TypeOf& type_of,
                             const Known& value_of, const Literal& literal, Numerics numerics) {
  return with_context(described(op), [&] {
    const OpDefinition* definition = table.find(op.type);
    if (!definition) fail("there is no op of this type");
    if (!definition->evaluate) fail("cannot be evaluated on its own");
    const Arguments arguments = bind(op, *definition, opset, type_of, value_of, literal);
    const std::vector<Type> types = definition->infer(arguments);
    Collected results(types.size(), numerics);
    definition->evaluate(arguments, results);
    std::vector<Tensor> tensors = results.take();
    for (size_t i = 0; i < tensors.size(); ++i)
      if (!keeps_float32(numerics) && types[i].is_tensor() && types[i].dtype == DType::kFloat16)
        tensors[i] = to_compute(converted(tensors[i], DType::kFloat16));
    return tensors;
  });
}

std::vector<Tensor> evaluate(const std::string& op_type, const std::vector<Arg>& arguments, const OpTable& table,
                             int opset, Numerics numerics) {
  Op op;
  op.type = op_type;
  op.name = op_type;
  for (const Arg& arg : arguments) op.arguments.push_back({arg.name, arg.operands});
  GraphValues values(nullptr);
  return evaluate(
      op, table, opset, [&](const Operand& o) -> const Type& { return values.type(o); },
      [&](const Operand& o) { return values.any(o); }, [&](const Operand& o) { return values.literal(o); }, numerics);
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "ir/builder.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/error.h"
#include "ir/graph.h"
#include "ir/known_values.h"

namespace anemone {
namespace {

// A copy of the op that makes the value, in its place, and which of its outputs the value is.
std::pair<Op*, size_t> reopened(Block& body, ValueId value) {
  for (OpPtr& op : body.ops)
    for (size_t i = 0; i < op->outputs.size(); ++i) {
      if (op->outputs[i].id != value) continue;
      const auto copy = std::make_shared<Op>(*op);
      op = copy;
      return {copy.get(), i};
    }
  CHECK(false);
  return {};
}

}  // namespace

Builder::Builder(const OpTable& table, std::string function_name, int opset) : table_(table) {
  function_.name = std::move(function_name);
  function_.opset = opset;
}

Builder::Builder(const OpTable& table, const Function& function) : table_(table), base_(&function) {
  function_.name = function.name;
  function_.opset = function.opset;
  function_.next_value = function.next_value;
  const Graph graph(function);
  const auto note = [&](const Output& output) {
    names_.insert(output.name);
    types_[output.id] = output.type;
  };
  for (const Output& input : function.inputs) note(input);
  const std::function<void(const Block&)> walk = [&](const Block& block) {
    for (const Output& input : block.inputs) note(input);
    for (const OpPtr& op : block.ops) {
      for (const Output& output : op->outputs) {
        note(output);
        if (const Constant* value = graph.constant(Operand(output.id))) constants_.emplace(output.id, *value);
      }
      for (const Block& nested : op->blocks) walk(nested);
    }
  };
  walk(function.body);
}

Builder::Builder(const OpTable& table, const Graph& graph) : table_(table), base_(&graph.function()), graph_(&graph) {
  function_.name = base_->name;
  function_.opset = base_->opset;
  function_.next_value = base_->next_value;
}

ValueId Builder::input(const std::string& name, Type type) {
  CHECK(!base_);
  const ValueId id = function_.next_value++;
  types_[id] = type;
  function_.inputs.push_back({id, unique(name), std::move(type)});
  return id;
}

ValueId Builder::constant(const Constant& value, const std::string& name) {
  const std::string identity = value.is_small() ? value.identity() : std::string();
  if (!identity.empty())
    if (const auto found = shared_.find(identity); found != shared_.end()) return found->second;
  auto op = std::make_shared<Op>();
  op->type = "const";
  op->name = unique(name.empty() ? "const" : name);
  op->provenance = provenance_;
  op->arguments.push_back({"val", {Operand(value)}});
  const ValueId id = function_.next_value++;
  op->outputs.push_back({id, op->name, value.type()});
  types_[id] = value.type();
  constants_.emplace(id, value);
  if (!identity.empty()) shared_[identity] = id;
  function_.body.ops.push_back(std::move(op));
  return id;
}

Operand Builder::as_value(const Operand& operand, const std::string& name) {
  return operand.is_value() ? operand : Operand(constant(operand.literal(), name));
}

ValueId Builder::add(const std::string& op_type, std::vector<Arg> args, const std::string& name) {
  return add_many(op_type, std::move(args), name).front();
}

std::vector<ValueId> Builder::add_many(const std::string& op_type, std::vector<Arg> args, const std::string& name) {
  auto op = std::make_shared<Op>();
  op->type = op_type;
  op->name = unique(name.empty() ? op_type : name);
  op->provenance = provenance_;
  std::sort(args.begin(), args.end(), [](const Arg& a, const Arg& b) { return a.name < b.name; });
  const bool in_place = op_type.rfind("constexpr_", 0) == 0;
  for (Arg& arg : args) {
    if (!in_place)
      for (Operand& operand : arg.operands) operand = as_value(operand, op->name + "_" + arg.name);
    op->arguments.push_back({std::move(arg.name), std::move(arg.operands)});
  }
  const std::vector<Type> types = with_context("op " + op->name + " (" + op_type + ")", [&] {
    const OpDefinition* definition = table_.find(op_type);
    if (!definition) fail("there is no op of this type");
    KnownValues values;
    const auto literal = [&](const Operand& operand) -> const Constant* {
      if (!operand.is_value()) return &operand.literal();
      const auto found = constants_.find(operand.value());
      if (found != constants_.end()) return &found->second;
      return graph_ && graph_->contains(operand.value()) ? graph_->constant(operand) : nullptr;
    };
    const auto known = [&](const Operand& operand) { return values.of(literal(operand)); };
    const auto type_of = [&](const Operand& operand) -> const Type& {
      return operand.is_value() ? type(operand.value()) : operand.literal().type();
    };
    return definition->infer(bind(*op, *definition, function_.opset, type_of, known, literal));
  });
  std::vector<ValueId> ids;
  for (size_t i = 0; i < types.size(); ++i) {
    const ValueId id = function_.next_value++;
    op->outputs.push_back({id, types.size() == 1 ? op->name : unique(op->name + "_" + std::to_string(i)), types[i]});
    types_[id] = types[i];
    ids.push_back(id);
  }
  function_.body.ops.push_back(std::move(op));
  return ids;
}

const Type& Builder::type(ValueId value) const {
  const auto found = types_.find(value);
  if (found == types_.end() && graph_) return graph_->type(value);
  CHECK(found != types_.end());
  return found->second;
}

void Builder::rename(ValueId value, const std::string& name) {
  const auto [op, output] = reopened(function_.body, value);
  names_.erase(op->outputs[output].name);
  op->outputs[output].name = unique(name);
  if (op->outputs.size() == 1) op->name = op->outputs[output].name;
}

void Builder::retype(ValueId value, const Type& type) {
  const auto [op, output] = reopened(function_.body, value);
  op->outputs[output].type = type;
  types_[value] = type;
}

Function Builder::finish(const std::vector<ValueId>& outputs) {
  CHECK(!base_);
  function_.body.outputs = outputs;
  make_features(function_);
  return std::move(function_);
}

std::string Builder::unique(const std::string& wish) {
  const std::string stem = sanitized_name(wish);
  std::string name = stem;
  while (!names_.insert(name).second) name = stem + "_" + std::to_string(counters_[stem]++);
  return name;
}

std::string sanitized_name(const std::string& wish) {
  static constexpr std::array kWords = {"program", "func",  "tensor", "list",   "dict",   "tuple", "state", "bool",
                                        "string",  "true",  "false",  "any",    "fp16",   "fp32",  "fp64",  "bf16",
                                        "int4",    "int8",  "int16",  "int32",  "int64",  "uint1", "uint2", "uint3",
                                        "uint4",   "uint6", "uint8",  "uint16", "uint32", "uint64"};
  std::string name;
  for (const char c : wish)
    name += std::isalnum(static_cast<unsigned char>(c)) && static_cast<unsigned char>(c) < 128 ? c : '_';
  const bool taken = std::find(kWords.begin(), kWords.end(), name) != kWords.end();
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) || taken) name = "_" + name;
  return name;
}

}  // namespace anemone

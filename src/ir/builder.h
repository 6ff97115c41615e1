// SPDX-License-Identifier: Apache-2.0
// Makes ops in order, with inferred types and unique names. Importers and passes use it; it knows the ops only through
// the table.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ir/arg.h"
#include "ir/op_definition.h"
#include "ir/program.h"

namespace anemone {

class Graph;

class Builder {
 public:
  // Starts an empty function.
  Builder(const OpTable& table, std::string function_name, int opset);
  // Continues a function's value numbers and names without its ops: for patches.
  Builder(const OpTable& table, const Function& function);
  // The same without copying anything: one for each patch. Names are made unique when the patch is applied.
  Builder(const OpTable& table, const Graph& graph);

  ValueId input(const std::string& name, Type type);
  // Adds an op and returns its first output. Literal operands become `const` ops (literals of constexpr_* ops stay in
  // place). `name` is made unique; the outputs are called after it. Throws Error when the op is not valid.
  ValueId add(const std::string& op_type, std::vector<Arg> args, const std::string& name = "");
  std::vector<ValueId> add_many(const std::string& op_type, std::vector<Arg> args, const std::string& name = "");
  ValueId constant(const Constant& value, const std::string& name = "");

  // The provenance of the ops that follow.
  void set_provenance(std::string provenance) { provenance_ = std::move(provenance); }
  const std::string& provenance() const { return provenance_; }
  const Type& type(ValueId value) const;
  void rename(ValueId value, const std::string& name);  // an output's public name; made by an op of this builder
  // Declares an output as a program has it that is copied: a dictionary of doubles where floats are inferred.
  void retype(ValueId value, const Type& type);
  int opset() const { return function_.opset; }

  // For patches: the ops made so far.
  const std::vector<OpPtr>& ops() const { return function_.body.ops; }
  ValueId next_value() const { return function_.next_value; }
  // The finished function; features are made from the types (see make_features).
  Function finish(const std::vector<ValueId>& outputs);

 private:
  std::string unique(const std::string& wish);
  Operand as_value(const Operand& operand, const std::string& name);

  const OpTable& table_;
  Function function_;
  const Function* base_ = nullptr;
  const Graph* graph_ = nullptr;  // describes the values that are not in types_ and constants_
  std::string provenance_;
  std::set<std::string> names_;
  std::map<std::string, int> counters_;
  std::map<ValueId, Type> types_;
  std::map<ValueId, Constant> constants_;
  std::map<std::string, ValueId> shared_;  // identity of a small constant -> the const op that holds it
};

// An identifier that MIL accepts: [A-Za-z_][A-Za-z0-9_]*, not a word of the text grammar.
std::string sanitized_name(const std::string& wish);

// Describes inputs, outputs and states for callers as the opset allows: fp32, int32 and (from CoreML6) fp16 arrays.
// Scalars are published with shape [1]; unknown dimensions of inputs take any length, outputs that have some carry no
// shape.
void make_features(Function& function);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// One executing op as rules and estimates see it: concrete types of its operands and results, and constants that say
// how it works. It never reads weights: a value is looked at only when it is small.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ir/graph.h"

namespace anemone {

// The types of all values of a function, with flexible dimensions at their default lengths where these are known.
class FunctionTypes {
 public:
  explicit FunctionTypes(const Graph& graph);
  const Type& type(ValueId value) const;
  bool flexible() const { return !types_.empty(); }

 private:
  const Graph& graph_;
  std::unordered_map<ValueId, Type> types_;  // only of flexible functions
};

class OpView {
 public:
  OpView(const Op& op, const Graph& graph, const FunctionTypes& types, bool nested)
      : op_(op), graph_(graph), types_(types), nested_(nested) {}

  const Op& op() const { return op_; }
  const std::string& type() const { return op_.type; }
  const Graph& graph() const { return graph_; }
  bool nested() const { return nested_; }  // inside a branch or a loop

  bool has(std::string_view argument) const { return op_.argument(argument) != nullptr; }
  size_t count(std::string_view argument) const;
  const Type* input(std::string_view argument, size_t index = 0) const;  // nullptr when absent
  const Type& type_of(const Operand& operand) const;
  const Type& output(size_t index = 0) const { return types_.type(op_.outputs[index].id); }

  // Known when the program is compiled, by a constant or a constexpr op.
  bool is_fixed(const Operand& operand) const;
  bool is_fixed(std::string_view argument) const;       // of all its operands; true when absent
  const Op* producer(std::string_view argument) const;  // the op behind a single operand; nullptr for others

  // A small constant argument; nothing when it is absent, large or not known.
  std::optional<std::vector<int64_t>> integers(std::string_view argument) const;
  int64_t integer(std::string_view argument, int64_t otherwise) const;
  bool flag(std::string_view argument) const;

 private:
  const Op& op_;
  const Graph& graph_;
  const FunctionTypes& types_;
  bool nested_;
};

// What the op's definition counts; 0 for ops that only move data.
double flops_of(const OpView& op);

double elements_of(const Type& type);  // a dimension that is not known counts as 1, as the compiler counts it
double bytes_of(const Type& type);

}  // namespace anemone

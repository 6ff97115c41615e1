// SPDX-License-Identifier: Apache-2.0
// An index over one function: who makes a value, who uses it, what its constant is. It looks at the function and does
// not own it; make a new one after a change.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "ir/program.h"

namespace anemone {

class Graph {
 public:
  explicit Graph(const Function& function);

  const Function& function() const { return function_; }
  bool contains(ValueId value) const { return values_.count(value) > 0; }
  const Output& output(ValueId value) const;  // name and type; CHECK that it exists
  const Type& type(ValueId value) const { return output(value).type; }
  const std::string& name(ValueId value) const { return output(value).name; }
  const Op* producer(ValueId value) const;                   // nullptr for inputs of the function or of a block
  const OpPtr& producer_ptr(ValueId value) const;            // CHECK that an op makes it
  const std::vector<const Op*>& users(ValueId value) const;  // each op once, nested ones too
  bool is_block_output(ValueId value) const;                 // of the function or of a nested block
  bool is_function_output(ValueId value) const;

  // The literal behind an operand: its own, or that of the `const` op that makes its value.
  const Constant* constant(const Operand& operand) const;
  const Constant* constant(const Op& op, std::string_view argument) const;  // of a single operand; nullptr if absent
  const Operand* operand(const Op& op, std::string_view argument) const;    // the single operand; nullptr if absent

 private:
  struct Entry {
    const Output* output = nullptr;
    const OpPtr* producer = nullptr;
    std::vector<const Op*> users;
    bool block_output = false;
    bool function_output = false;
  };
  void index(const Block& block, bool outermost);

  const Function& function_;
  std::unordered_map<ValueId, Entry> values_;
};

}  // namespace anemone

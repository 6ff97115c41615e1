// SPDX-License-Identifier: Apache-2.0
// Pieces of the text form that print.cpp puts together. Grammar: docs/text_form.md.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ir/program.h"
#include "ir/text.h"

namespace anemone {

// A type as in MIL text; scalars by their element type alone.
std::string type_text(const Type& type);
// "fp16(0.5)", "tensor<int32, [2]>([1, 2])", "string(\"a\")" ...
std::string value_text(const Constant& value, const PrintOptions& options);
// The word itself, or quoted when it is no plain name.
std::string name_text(const std::string& name);

// How each value of a function is spelled: by its name, and with its number when the name alone would not find it
// (duplicate names, uses outside the scope, undefined values), so that even a broken program has an exact text.
class Labels {
 public:
  explicit Labels(const Function& function);
  std::string operator[](ValueId value) const;
  bool all_defined() const { return all_defined_; }

 private:
  void walk(const Block& block, size_t depth);
  void define(const Output& output);
  void use(ValueId value);

  std::unordered_map<ValueId, const std::string*> names_;
  std::unordered_set<ValueId> visible_;
  std::unordered_set<std::string> visible_names_;
  std::unordered_set<ValueId> irregular_;
  bool all_defined_ = true;
};

// The interface section of a function, indented; empty when it is what make_features would make.
std::string interface_text(const Function& function, bool defined);
// The bracketed list after "program(1.0)"; empty when there is nothing to say.
std::string program_attributes(const Program& program);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "ir/states.h"

#include "base/error.h"

namespace anemone {
namespace {

using Names = std::map<ValueId, std::string>;

std::vector<ValueId> states_of(const std::vector<Output>& outputs) {
  std::vector<ValueId> ids;
  for (const Output& output : outputs)
    if (output.type.is_state()) ids.push_back(output.id);
  return ids;
}

std::vector<std::string> known_names(const std::vector<ValueId>& ids, const Names& names) {
  std::vector<std::string> known;
  for (const ValueId id : ids)
    if (const auto found = names.find(id); found != names.end()) known.push_back(found->second);
  return known;
}

void assign(const std::vector<ValueId>& ids, const std::vector<std::string>& from, Names& names) {
  if (ids.size() > from.size()) fail("a state version does not follow from a state");
  for (size_t i = 0; i < ids.size(); ++i) names[ids[i]] = from[i];
}

void walk(const Block& block, Names& names) {
  for (const OpPtr& op : block.ops) {
    std::vector<ValueId> read;
    for (const Argument& argument : op->arguments)
      for (const Operand& operand : argument.operands)
        if (operand.is_value()) read.push_back(operand.value());
    std::vector<std::string> states = known_names(read, names);
    for (const Block& nested : op->blocks) {
      assign(states_of(nested.inputs), states, names);
      walk(nested, names);
      if (op->type == "cond") states = known_names(nested.outputs, names);  // both branches end with the same states
    }
    assign(states_of(op->outputs), states, names);
  }
}

}  // namespace

std::map<ValueId, std::string> state_names(const Function& function) {
  Names names;
  for (const Output& input : function.inputs)
    if (input.type.is_state()) names[input.id] = input.name;
  walk(function.body, names);
  return names;
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "ir/graph.h"

#include "base/error.h"

namespace anemone {

Graph::Graph(const Function& function) : function_(function) {
  for (const Output& input : function.inputs) values_[input.id].output = &input;
  index(function.body, true);
}

void Graph::index(const Block& block, bool outermost) {
  for (const Output& input : block.inputs) values_[input.id].output = &input;
  for (const OpPtr& op : block.ops) {
    for (const Argument& argument : op->arguments)
      for (const Operand& operand : argument.operands) {
        if (!operand.is_value()) continue;
        auto& users = values_[operand.value()].users;
        if (users.empty() || users.back() != op.get()) users.push_back(op.get());
      }
    for (const Output& output : op->outputs) {
      values_[output.id].output = &output;
      values_[output.id].producer = &op;
    }
    for (const Block& nested : op->blocks) index(nested, false);
  }
  for (const ValueId output : block.outputs) {
    values_[output].block_output = true;
    if (outermost) values_[output].function_output = true;
  }
}

const Output& Graph::output(ValueId value) const {
  const auto entry = values_.find(value);
  CHECK(entry != values_.end() && entry->second.output);
  return *entry->second.output;
}

const Op* Graph::producer(ValueId value) const {
  const auto entry = values_.find(value);
  return entry == values_.end() || !entry->second.producer ? nullptr : entry->second.producer->get();
}

const OpPtr& Graph::producer_ptr(ValueId value) const {
  const auto entry = values_.find(value);
  CHECK(entry != values_.end() && entry->second.producer);
  return *entry->second.producer;
}

const std::vector<const Op*>& Graph::users(ValueId value) const {
  const auto entry = values_.find(value);
  CHECK(entry != values_.end());
  return entry->second.users;
}

bool Graph::is_block_output(ValueId value) const {
  const auto entry = values_.find(value);
  return entry != values_.end() && entry->second.block_output;
}

bool Graph::is_function_output(ValueId value) const {
  const auto entry = values_.find(value);
  return entry != values_.end() && entry->second.function_output;
}

const Constant* Graph::constant(const Operand& operand) const {
  if (!operand.is_value()) return &operand.literal();
  const Op* op = producer(operand.value());
  if (!op || op->type != "const") return nullptr;
  const Argument* value = op->argument("val");
  return value && value->operands.size() == 1 && !value->operands[0].is_value() ? &value->operands[0].literal()
                                                                                : nullptr;
}

const Constant* Graph::constant(const Op& op, std::string_view argument) const {
  const Operand* bound = operand(op, argument);
  return bound ? constant(*bound) : nullptr;
}

const Operand* Graph::operand(const Op& op, std::string_view argument) const {
  const Argument* found = op.argument(argument);
  return found && found->operands.size() == 1 ? &found->operands[0] : nullptr;
}

}  // namespace anemone

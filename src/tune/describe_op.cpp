// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "ir/graph.h"
#include "ir/text.h"
#include "tune/summary.h"

namespace anemone {
namespace {

const Op* find_op(const Function& function, const std::string& name) {
  const Op* found = nullptr;
  for_each_op(function.body, [&](const Op& op) {
    bool matches = op.name == name;
    for (const Output& output : op.outputs) matches |= output.name == name;
    if (matches && !found) found = &op;
  });
  return found;
}

std::string headline(const Op& op) { return fmt::format("op {} ({})", op.name, op.type); }

// The statement of the const op behind an operand, or where the value comes from.
std::string operand_text(const Operand& operand, const Graph& graph) {
  if (!operand.is_value()) return "literal " + operand.literal().type().str();
  const Output& value = graph.output(operand.value());
  const Op* producer = graph.producer(operand.value());
  const std::string what = fmt::format("{} {}", value.type.str(), value.name);
  if (!producer) return what + ", an input";
  if (producer->type != "const") return fmt::format("{}, made by {}", what, headline(*producer));
  PrintOptions options;
  options.elide = true;
  options.max_elements = 64;
  options.provenance = false;
  std::string text = print(*producer, graph.function(), options);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

OpDescription describe_op(const Program& program, const std::string& name) {
  for (const auto& entry : program.functions) {
    const Op* op = find_op(*entry.second, name);
    if (!op) continue;
    const Graph graph(*entry.second);
    OpDescription description{entry.second.get(), op, {}, {}};
    for (const Argument& argument : op->arguments)
      for (const Operand& operand : argument.operands)
        description.inputs.push_back(argument.name + " = " + operand_text(operand, graph));
    for (const Output& output : op->outputs) {
      for (const Op* user : graph.users(output.id))
        description.users.push_back(fmt::format("{} in {}", output.name, headline(*user)));
      if (graph.is_block_output(output.id)) description.users.push_back(output.name + " is an output of its block");
    }
    return description;
  }
  fail("--op {}: there is no op or value of this name", name);
}

}  // namespace anemone

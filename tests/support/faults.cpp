// SPDX-License-Identifier: Apache-2.0
#include "faults.h"

#include "fault_kinds.h"
#include "ops/ops.h"

namespace anemone::test {
namespace {

// Whether the changed op is sound and gives the types that the old one gave.
bool fits(const Function& function, const Op& op) {
  try {
    const Graph graph(function);
    const auto types = infer_types(op, op_table(), function.opset, graph);
    for (size_t i = 0; i < types.size(); ++i)
      if (!(merged(op.outputs[i].type, types[i]) == op.outputs[i].type) || !compatible(op.outputs[i].type, types[i]))
        return false;
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

void use_instead(Op& op, ValueId old, ValueId value) {
  for (Argument& argument : op.arguments)
    for (Operand& operand : argument.operands)
      if (operand.is_value() && operand.value() == old) operand = value;
}

Function changed(const Function& function, size_t at, const Change& change, ValueId next_value) {
  Function result = function;
  auto& ops = result.body.ops;
  ops[at] = std::make_shared<const Op>(change.op);
  if (change.own) {
    const ValueId old = change.op.id();
    for (size_t i = at + 1; i < ops.size(); ++i) {
      auto op = std::make_shared<Op>(*ops[i]);
      use_instead(*op, old, change.own->id());
      ops[i] = op;
    }
    ops.insert(ops.begin() + static_cast<std::ptrdiff_t>(at) + 1, std::make_shared<const Op>(*change.own));
  }
  ops.insert(ops.begin() + static_cast<std::ptrdiff_t>(at), change.before.begin(), change.before.end());
  result.next_value = next_value;
  return result;
}

}  // namespace

std::vector<std::string> fault_kinds() {
  std::vector<std::string> kinds;
  for (const auto& entry : faults()) kinds.push_back(entry.first);
  return kinds;
}

std::optional<Faulted> with_fault(const Function& function, const std::string& kind, std::mt19937& random) {
  const Fault& fault = faults().at(kind);
  std::vector<Faulted> found;
  for (size_t i = 0; i < function.body.ops.size(); ++i) {
    const Op& op = *function.body.ops[i];
    if (!is_executed(op) || !op.blocks.empty()) continue;
    Editor editor(function, op);
    if (!fault(editor, random)) continue;
    const Change& change = editor.change();
    Function wrong = changed(function, i, change, editor.next_value());
    const Op& guilty = change.own ? *change.own : change.op;
    if (fits(wrong, guilty)) found.push_back({std::move(wrong), kind, guilty.name, guilty.outputs[0].name});
  }
  if (found.empty()) return std::nullopt;
  return std::move(found[below(random, static_cast<int64_t>(found.size()))]);
}

}  // namespace anemone::test

// SPDX-License-Identifier: Apache-2.0
// States that live between calls.
#include "base/error.h"
#include "placement/rule.h"

namespace anemone {
namespace {

bool is_state_write(const Op& op) { return op.type == "write_state" || op.type == "coreml_update_state"; }

// Does the result reach a state through nothing but itself?
std::optional<std::string> standalone_update(const OpView& op, const Target&) {
  if (op.type() != "slice_update") return std::nullopt;
  for (const Op* user : op.graph().users(op.op().id()))
    if (is_state_write(*user)) return std::nullopt;
  return "its result goes to no state, and the compiler takes slice_update only as part of a state's update";
}

std::optional<std::string> odd_state(const OpView& op, const Target&) {
  if (op.type() != "read_state" && !is_state_write(op.op())) return std::nullopt;
  for (const Argument& argument : op.op().arguments) {
    const Type& type = op.type_of(argument.operands.front());
    if (!type.is_state() || type.elements.empty() || !type.elements.front().is_concrete()) continue;
    const ConcreteShape shape = type.elements.front().concrete();
    if (!shape.empty() && shape.back() % 32 != 0)
      return fmt::format("the last axis of its state has length {}, which is no multiple of 32", shape.back());
  }
  return std::nullopt;
}

}  // namespace

void register_rule_states(RuleTable& table) {
  table.add({"ANE070",
             Unit::kAne,
             "slice_update without a state",
             "The compiler takes slice_update only as part of a state's update.",
             "Write the result to a state, or build the tensor by concatenation or a mask.",
             "anemll-profile README: \"cannot support standalone slice_update\".",
             {},
             RuleStatus::kValid,
             ModelFormat::kProgram,
             standalone_update});
  table.add({"ANE071",
             Unit::kAne,
             "A state's last axis is no multiple of 32",
             "A state on the engine needs a last axis that is a multiple of 32.",
             "Pad the state to the next multiple of 32.",
             "coremltools issue 2631, M4: a width of 270 fails, 256 works.",
             {},
             RuleStatus::kValid,
             ModelFormat::kProgram,
             odd_state});
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Loops: recurrent layers, control flow, lists.
#include "base/error.h"
#include "placement/rule.h"

namespace anemone {
namespace {

std::optional<std::string> recurrent(const OpView& op, const Target&) {
  if (!is_one_of(op.type(), {"lstm", "gru", "rnn"})) return std::nullopt;
  return fmt::format("{} is a loop over time, and the Neural Engine runs straight programs", op.type());
}

std::optional<std::string> control_flow(const OpView& op, const Target&) {
  if (op.nested()) return "it stands inside a branch or a loop, and the Neural Engine runs straight programs";
  if (!op.op().blocks.empty() || is_one_of(op.type(), {"while_loop", "cond"}))
    return fmt::format("{} decides while the model runs what comes next", op.type());
  if (op.type().find("list") != std::string::npos) return fmt::format("{} works on a list", op.type());
  return std::nullopt;
}

}  // namespace

void register_rule_recurrence(RuleTable& table) {
  table.add(
      {"ANE040",
       Unit::kAne,
       "Recurrent layers",
       "Recurrent layers are loops over time, and the engine runs straight programs.",
       "Unroll the loop for a fixed number of steps, or keep the state between calls and run one step.",
       "751K, M4: \"Unsupported MIL operation \"lstm\"\", gru and rnn likewise; ANEForge; coremltools issues 337 and "
       "1780; on the old list of unsupported layers.",
       {},
       RuleStatus::kValid,
       ModelFormat::kProgram,
       recurrent});
  table.add(
      {"ANE041",
       Unit::kAne,
       "Branches, loops and lists",
       "What runs next, or where a list ends, is decided while the model runs; the engine runs straight programs.",
       "Unroll loops, compute both branches and select, or split the model at the branch.",
       "smpanaro NOTES.md: cond and loops off the engine; 751K: no lowering.",
       {},
       RuleStatus::kValid,
       ModelFormat::kProgram,
       control_flow});
}

}  // namespace anemone

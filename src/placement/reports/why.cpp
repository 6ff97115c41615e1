// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "base/strings.h"
#include "placement/reports.h"

namespace anemone {
namespace {

bool is_called(const PlacedOp& op, const std::string& name) {
  if (op.op->name == name || std::to_string(op.index) == name) return true;
  for (const Output& output : op.op->outputs)
    if (output.name == name) return true;
  return false;
}

std::string refusal_text(const Verdict& verdict) {
  const Rule& rule = *verdict.rule;
  std::string text = fmt::format("  {} {}: {}\n    {}\n", rule.code, rule.title, verdict.reason, rule.reason);
  if (!rule.fix.empty()) text += fmt::format("    fix: {}\n", rule.fix);
  text += fmt::format("    evidence ({}): {}\n", name_of(rule.status), rule.evidence);
  return text;
}

std::string amounts(const std::vector<Work>& work) {
  std::vector<std::string> parts;
  for (const Work& part : work) parts.push_back(fmt::format("{:.6g} of {}", part.amount, part.leaf));
  return join(parts, " or ");
}

std::string describe(const PlacedFunction& function, const PlacedOp& op) {
  std::string text = fmt::format("{} ({}), op {} of function {}: runs on the {}\n", op_name(op), op.op->type, op.index,
                                 function.name, name_of(op.preferred));
  for (const Unit unit : op.ties) text += fmt::format("  a plan with it on the {} costs the same\n", name_of(unit));
  for (const Backend backend : {Backend::kAne, Backend::kGpu, Backend::kBnns, Backend::kClassic})
    text += fmt::format("  {:12} {:>12.6g} ms  ({})\n", name_of(backend), op.ms[static_cast<size_t>(backend)],
                        amounts(op.work.on(backend)));
  text += fmt::format("  {:.2f} % of the program's estimated time\n", op.weight * 100);
  if (const Verdict* reason = reason_of(op)) text += refusal_text(*reason);
  if (op.off_gpu) text += refusal_text(*op.off_gpu);
  if (!op.op->provenance.empty()) text += fmt::format("  from {}\n", op.op->provenance);
  return text;
}

}  // namespace

std::string why(const Explanation& explanation, const std::string& op) {
  std::string text;
  for (const ExplainedModel& model : explanation.models)
    for (const PlacedFunction& function : model.functions)
      for (const PlacedOp& placed : function.ops)
        if (is_called(placed, op)) text += describe(function, placed);
  if (text.empty()) fail("--why: no op that executes is called {}", op);
  text.pop_back();
  return text;
}

}  // namespace anemone

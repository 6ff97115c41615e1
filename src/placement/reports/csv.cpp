// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "base/strings.h"
#include "placement/reports.h"

namespace anemone {
namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

std::string units(const PlacedOp& op) {
  std::vector<std::string> names;
  for (const Unit unit : {Unit::kCpu, Unit::kGpu, Unit::kAne})
    if (op.supported[static_cast<size_t>(unit)]) names.emplace_back(name_of(unit));
  return join(names, "|");
}

}  // namespace

std::string explanation_csv(const Explanation& explanation) {
  std::string text = "model,function,index,name,type,supported,preferred,code,reason,fix,ane_ms,gpu_ms,cpu_ms,weight";
  for (const ExplainedModel& model : explanation.models)
    for (const PlacedFunction& function : model.functions)
      for (const PlacedOp& op : function.ops) {
        const Verdict* reason = reason_of(op);
        text += fmt::format("\n{},{},{},{},{},{},{},{},{},{},{},{},{},{}", quoted(model.name), quoted(function.name),
                            op.index, quoted(op_name(op)), op.op->type, units(op), name_of(op.preferred),
                            reason ? reason->rule->code : "", quoted(reason ? reason->reason : ""),
                            quoted(reason ? reason->rule->fix : ""), shortest(op.unit_ms(Unit::kAne)),
                            shortest(op.unit_ms(Unit::kGpu)), shortest(op.unit_ms(Unit::kCpu)), shortest(op.weight));
      }
  return text;
}

}  // namespace anemone

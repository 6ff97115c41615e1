// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "placement/reports.h"

namespace anemone {
namespace {

// What the plan decides is a note; what a rule refuses is a warning.
const char* level_of(const Rule& rule) { return rule.code >= "ANE097" && rule.unit == Unit::kAne ? "note" : "warning"; }

Json rule_json(const Rule& rule) {
  return {{"id", rule.code},
          {"name", rule.title},
          {"shortDescription", {{"text", rule.title}}},
          {"fullDescription", {{"text", rule.reason}}},
          {"help", {{"text", rule.fix.empty() ? rule.evidence : rule.fix + " Evidence: " + rule.evidence}}},
          {"defaultConfiguration", {{"level", level_of(rule)}}}};
}

Json result_json(const ExplainedModel& model, const PlacedFunction& function, const PlacedOp& op,
                 const Verdict& reason) {
  Json place = {{"physicalLocation", {{"artifactLocation", {{"uri", model.name}}}}}};
  place["logicalLocations"] = Json::array(
      {{{"name", op_name(op)}, {"fullyQualifiedName", function.name + "/" + op_name(op)}, {"kind", "function"}}});
  return {{"ruleId", reason.rule->code},
          {"level", level_of(*reason.rule)},
          {"message", {{"text", op_name(op) + " (" + op.op->type + "): " + reason.reason}}},
          {"locations", Json::array({place})}};
}

}  // namespace

std::string explanation_sarif(const Explanation& explanation) {
  std::map<std::string, const Rule*> met;
  Json results = Json::array();
  for (const ExplainedModel& model : explanation.models)
    for (const PlacedFunction& function : model.functions)
      for (const PlacedOp& op : function.ops)
        if (const Verdict* reason = reason_of(op)) {
          met[reason->rule->code] = reason->rule;
          results.push_back(result_json(model, function, op, *reason));
        }
  Json rules = Json::array();
  for (const auto& entry : met) rules.push_back(rule_json(*entry.second));
  Json run;
  run["tool"]["driver"] = {{"name", "anemone"}, {"rules", rules}};
  run["results"] = results;
  return Json{
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({run})}}
      .dump(1);
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "placement/condition.h"
#include "placement/reports.h"

namespace anemone {
namespace {

using Value = std::optional<double> (*)(const ExplainedModel&);

double share(int part, const ExplainedModel& model) {
  return model.totals.ops > 0 ? static_cast<double>(part) / model.totals.ops : 1;
}

double cost_share(const ExplainedModel& model, Unit unit) {
  double part = 0;
  double all = 0;
  for (const PlacedFunction& function : model.functions)
    for (const PlacedOp& op : function.ops) {
      all += op.weight;
      part += op.preferred == unit ? op.weight : 0;
    }
  return all > 0 ? part / all : 1;
}

std::optional<double> known(const std::optional<Range>& range, const char* name) {
  if (!range) fail("{} is not known for this target", name);
  return range->value;
}

const std::map<std::string, Value, std::less<>>& values() {
  static const std::map<std::string, Value, std::less<>> table = {
      {"ops", [](const ExplainedModel& m) -> std::optional<double> { return m.totals.ops; }},
      {"ane", [](const ExplainedModel& m) -> std::optional<double> { return m.totals.ane; }},
      {"gpu", [](const ExplainedModel& m) -> std::optional<double> { return m.totals.gpu; }},
      {"cpu", [](const ExplainedModel& m) -> std::optional<double> { return m.totals.cpu; }},
      {"ane_share", [](const ExplainedModel& m) -> std::optional<double> { return share(m.totals.ane, m); }},
      {"gpu_share", [](const ExplainedModel& m) -> std::optional<double> { return share(m.totals.gpu, m); }},
      {"cpu_share", [](const ExplainedModel& m) -> std::optional<double> { return share(m.totals.cpu, m); }},
      {"ane_cost_share", [](const ExplainedModel& m) -> std::optional<double> { return cost_share(m, Unit::kAne); }},
      {"segments",
       [](const ExplainedModel& m) -> std::optional<double> {
         size_t count = 0;
         for (const PlacedFunction& function : m.functions) count += function.segments.size();
         return static_cast<double>(count);
       }},
      {"latency_ms", [](const ExplainedModel& m) { return known(m.totals.latency_ms, "latency_ms"); }},
      {"energy_mj", [](const ExplainedModel& m) { return known(m.totals.energy_mj, "energy_mj"); }},
      {"first_load_s", [](const ExplainedModel& m) { return known(m.totals.first_load_s, "first_load_s"); }},
      {"weights_mb", [](const ExplainedModel& m) -> std::optional<double> { return m.totals.weights_mb; }},
      {"memory_mb", [](const ExplainedModel& m) -> std::optional<double> { return m.totals.memory_mb; }},
  };
  return table;
}

}  // namespace

bool fails(const Explanation& explanation, const std::string& condition) {
  std::vector<std::string> names;
  for (const auto& entry : values()) names.push_back(entry.first);
  bool any = false;
  for (const ExplainedModel& model : explanation.models) {
    const auto lookup = [&](std::string_view name) -> std::optional<double> {
      const auto found = values().find(name);
      return found == values().end() ? std::nullopt : found->second(model);
    };
    any |= with_context("--fail-if", [&] { return holds(condition, lookup, names); });
  }
  return any;
}

}  // namespace anemone

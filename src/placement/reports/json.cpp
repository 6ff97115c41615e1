// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include "placement/explain.h"

namespace anemone {
namespace {

Json rounded(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json range_json(const std::optional<Range>& range) {
  if (!range) return nullptr;
  return {{"value", range->value}, {"low", range->low}, {"high", range->high}};
}

Json supported_json(const PlacedOp& op) {
  Json list = Json::array();
  for (const Unit unit : {Unit::kCpu, Unit::kGpu, Unit::kAne})
    if (op.supported[static_cast<size_t>(unit)]) list.push_back(name_of(unit));
  return list;
}

Json work_json(const OpWork& work) {
  Json json = Json::object();
  for (const Backend backend : {Backend::kAne, Backend::kGpu, Backend::kBnns})
    for (const Work& part : work.on(backend)) json[std::string(name_of(backend))][std::string(part.leaf)] = part.amount;
  return json;
}

Json op_json(const PlacedOp& op, const std::string& function) {
  const bool on_ane = op.preferred == Unit::kAne;
  const Rule* rule = op.off_ane && !on_ane ? op.off_ane->rule : nullptr;
  Json json = {{"index", op.index},
               {"function", function},
               {"name", op.op->name.empty() ? op.op->outputs.front().name : op.op->name},
               {"type", op.op->type},
               {"supported", supported_json(op)},
               {"preferred", name_of(op.preferred)},
               {"code", rule ? Json(rule->code) : Json(nullptr)},
               {"reason", rule ? Json(op.off_ane->reason) : Json(nullptr)},
               {"fix", rule && !rule->fix.empty() ? Json(rule->fix) : Json(nullptr)},
               {"cost_ms",
                {{"ane", rounded(op.unit_ms(Unit::kAne))},
                 {"gpu", rounded(op.unit_ms(Unit::kGpu))},
                 {"cpu", rounded(op.unit_ms(Unit::kCpu))}}},
               {"weight", op.weight}};
  if (!op.ties.empty())
    for (const Unit unit : op.ties) json["ties"].push_back(name_of(unit));
  for (const Backend backend : {Backend::kAne, Backend::kBnns, Backend::kClassic, Backend::kGpu})
    json["estimates_ms"][std::string(name_of(backend))] = rounded(op.ms[static_cast<size_t>(backend)]);
  json["work"] = work_json(op.work);
  return json;
}

Json totals_json(const Totals& totals) {
  return {{"ops", totals.ops},
          {"ane", totals.ane},
          {"gpu", totals.gpu},
          {"cpu", totals.cpu},
          {"latency_ms", range_json(totals.latency_ms)},
          {"energy_mj", range_json(totals.energy_mj)},
          {"weights_mb", totals.weights_mb},
          {"memory_mb", totals.memory_mb},
          {"first_load_s", range_json(totals.first_load_s)}};
}

Json model_json(const ExplainedModel& model) {
  Json json = {{"ops", Json::array()}, {"segments", Json::array()}, {"gates", Json::array()}};
  for (const PlacedFunction& function : model.functions) {
    for (const PlacedOp& op : function.ops) json["ops"].push_back(op_json(op, function.name));
    for (const Segment& segment : function.segments)
      json["segments"].push_back({{"function", function.name},
                                  {"unit", name_of(segment.unit)},
                                  {"first", segment.first},
                                  {"last", segment.last},
                                  {"ms", rounded(segment.ms)}});
    if (function.gate)
      json["gates"].push_back({{"function", function.name},
                               {"code", function.gate->rule->code},
                               {"reason", function.gate->reason},
                               {"fix", function.gate->rule->fix}});
  }
  json["totals"] = totals_json(model.totals);
  return json;
}

Json window_json(const Window& window) {
  Json json = {{"capacity_gb", rounded(window.capacity_gb)}, {"used_gb", window.used_gb}, {"models", Json::array()}};
  for (const Window::Member& member : window.members)
    json["models"].push_back({{"model", member.name},
                              {"gb", static_cast<double>(member.bytes) / 1e9},
                              {"fits", member.fits},
                              {"arithmetic", member.arithmetic}});
  return json;
}

}  // namespace

Json explanation_json(const Explanation& explanation) {
  const Target& target = explanation.options.target;
  Json json = {
      {"target", target.chip->name}, {"os", target.os.str()}, {"compute_units", name_of(explanation.options.units)}};
  if (explanation.models.size() == 1) {
    json.update(model_json(explanation.models.front()));
  } else {
    for (const ExplainedModel& model : explanation.models) {
      Json entry = {{"model", model.name}};
      entry.update(model_json(model));
      json["models"].push_back(std::move(entry));
    }
  }
  if (explanation.window) json["window"] = window_json(*explanation.window);
  return json;
}

}  // namespace anemone

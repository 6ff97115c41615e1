// SPDX-License-Identifier: Apache-2.0
// Reads what a Mac wrote into the folder of a kit.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/strings.h"
#include "runtime/arrays.h"
#include "tune/verify/kit.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

const Json& member(const Json& json, const char* name, bool (Json::*is)() const noexcept, const char* what) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  if (found == json.end() || !((*found).*is)()) fail("\"{}\" is missing or no {}", name, what);
  return *found;
}

std::string text(const Json& json, const char* name) {
  return member(json, name, &Json::is_string, "string").get<std::string>();
}

double number(const Json& json, const char* name) {
  return member(json, name, &Json::is_number, "number").get<double>();
}

// A name of a file in the folder, which must not lead out of it.
std::string plain_name(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos || name == "..") fail("\"{}\" is no plain name", name);
  return name;
}

RuntimeValue label_of(const Json& json) {
  RuntimeValue value;
  value.kind = json.is_object() ? RuntimeValue::Kind::kDictionary : RuntimeValue::Kind::kLabel;
  if (!json.is_object()) {
    value.label = json.is_string() ? json.get<std::string>() : json.dump();
    return value;
  }
  for (const auto& [key, each] : json.items())
    if (each.is_number()) value.dictionary.emplace_back(key, each.get<double>());
  return value;
}

class Reader {
 public:
  Reader(const fs::path& folder, const ParityOptions& options) : folder_(folder), options_(options) {
    kit_ = read_json(folder / "kit.json");
    with_context((folder / "kit.json").string(), [&] { read_kit(); });
  }

  DeviceResults read() {
    DeviceResults results;
    const fs::path path = folder_ / "results" / "results.json";
    const Json json = read_json(path);
    with_context(path.string(), [&] {
      const Json& device = member(json, "device", &Json::is_object, "object");
      results.device = fmt::format("{} {}", text(device, "machine"), text(device, "os"));
      for (const auto& [unit, entry] : member(json, "units", &Json::is_object, "object").items())
        results.units.push_back(read_unit(plain_name(unit), entry));
    });
    return results;
  }

 private:
  void read_kit() {
    for (const Json& name : member(kit_, "outputs", &Json::is_array, "list"))
      outputs_.push_back(plain_name(name.is_string() ? name.get<std::string>() : ""));
    for (const Json& mode : member(kit_, "numerics", &Json::is_array, "list"))
      modes_.push_back(plain_name(mode.is_string() ? mode.get<std::string>() : ""));
    for (const Json& sample : member(kit_, "samples", &Json::is_array, "list")) {
      InputSample& made = samples_.emplace_back();
      made.name = text(sample, "name");
      made.calls.resize(member(sample, "calls", &Json::is_array, "list").size());
    }
  }

  // Outputs of every sample and call below a folder.
  std::vector<SampleResult> stored(const fs::path& folder) const {
    std::vector<SampleResult> results;
    for (size_t i = 0; i < samples_.size(); ++i) {
      SampleResult& result = results.emplace_back();
      for (size_t call = 0; call < samples_[i].calls.size(); ++call) {
        const fs::path at = folder / std::to_string(i) / std::to_string(call);
        auto& outputs = result.calls.emplace_back().outputs;
        for (const std::string& name : outputs_) {
          std::error_code unreadable;
          if (fs::exists(at / (name + ".json"), unreadable))
            outputs[name] = label_of(read_json(at / (name + ".json")));
          else
            outputs[name] = read_tensor(at / (name + ".npy"));
        }
      }
    }
    return results;
  }

  UnitResult read_unit(const std::string& unit, const Json& json) const {
    UnitResult result;
    result.unit = unit;
    if (json.is_object() && json.contains("error") && json.at("error").is_string()) {
      result.error = text(json, "error");
      return result;
    }
    return with_context(unit, [&] {
      result.load_cold_s = number(json, "load_cold_s");
      result.load_cached_s = number(json, "load_cached_s");
      result.median_ms = number(json, "median_ms");
      result.plan = share_of(member(json, "plan", &Json::is_array, "list"));
      const auto got = stored(folder_ / "results" / "outputs" / unit);
      for (const std::string& mode : modes_)
        result.parity[mode] = compare_results(samples_, got, stored(folder_ / "expected" / mode), options_);
      return std::move(result);
    });
  }

  static PlannedShare share_of(const Json& plan) {
    PlannedShare share;
    double all = 0;
    double on_ane = 0;
    for (const Json& op : plan) {
      const bool ane = text(op, "preferred") == "ane";
      const double cost = op.contains("cost") && op.at("cost").is_number() ? op.at("cost").get<double>() : 0;
      ++share.ops;
      share.ane += ane;
      all += cost;
      if (ane) on_ane += cost;
    }
    share.ane_cost = all > 0 ? on_ane / all : 0;
    return share;
  }

  fs::path folder_;
  const ParityOptions& options_;
  Json kit_;
  std::vector<std::string> outputs_;
  std::vector<std::string> modes_;
  std::vector<InputSample> samples_;
};

const UnitResult* find_unit(const DeviceResults& results, const std::string& name) {
  for (const UnitResult& unit : results.units)
    if (unit.unit == name && unit.error.empty()) return &unit;
  return nullptr;
}

double psnr_in(const UnitResult& unit, const std::string& mode) {
  const auto found = unit.parity.find(mode);
  return found == unit.parity.end() ? -INFINITY : found->second.min_psnr();
}

// The plan is what Core ML means to do. That it was done shows in the outputs, which the Neural Engine gives otherwise
// than the CPU.
void judge_ane(DeviceResults& results) {
  const UnitResult* ane = find_unit(results, "CPU_AND_NE");
  if (!ane) {
    results.why = "CPU_AND_NE was not measured";
    return;
  }
  const UnitResult* cpu = find_unit(results, "CPU_ONLY");
  const bool same_outputs = cpu && psnr_in(*cpu, "float32") == psnr_in(*ane, "float32");
  results.ane_ran = ane->plan.ane > 0 && !same_outputs;
  results.why = fmt::format("the plan prefers it for {} of {} ops ({:.0f} % of the cost)", ane->plan.ane, ane->plan.ops,
                            100 * ane->plan.ane_cost);
  if (cpu)
    results.why += fmt::format(", the outputs {} those of the CPU alone, {:.2f} ms against {:.2f} ms",
                               same_outputs ? "are just" : "differ from", ane->median_ms, cpu->median_ms);
}

}  // namespace

DeviceResults read_device_results(const fs::path& folder, const ParityOptions& options, double floor) {
  DeviceResults results = Reader(folder, options).read();
  judge_ane(results);
  results.floor = floor;
  results.passed = !results.units.empty();
  for (const UnitResult& unit : results.units)
    results.passed &= unit.error.empty() && psnr_in(unit, "float32") >= floor;
  return results;
}

Json device_results_json(const DeviceResults& results) {
  Json units = Json::array();
  for (const UnitResult& unit : results.units) {
    Json entry = {{"unit", unit.unit}};
    if (!unit.error.empty()) {
      entry["error"] = unit.error;
      units.push_back(std::move(entry));
      continue;
    }
    entry["load_s"] = {{"cold", unit.load_cold_s}, {"cached", unit.load_cached_s}};
    entry["median_ms"] = unit.median_ms;
    entry["plan"] = {{"ops", unit.plan.ops}, {"ane", unit.plan.ane}, {"ane_cost", unit.plan.ane_cost}};
    for (const auto& [mode, parity] : unit.parity) entry["against"][mode] = parity_json(parity);
    units.push_back(std::move(entry));
  }
  return {{"device", results.device},
          {"units", std::move(units)},
          {"ane_ran", results.ane_ran ? Json(*results.ane_ran) : Json()},
          {"why", results.why},
          {"floor", results.floor},
          {"passed", results.passed}};
}

std::string device_results_text(const DeviceResults& results) {
  std::vector<std::string> lines = {results.device};
  for (const UnitResult& unit : results.units) {
    if (!unit.error.empty()) {
      lines.push_back(fmt::format("{:12} failed: {}", unit.unit, unit.error));
      continue;
    }
    std::vector<std::string> figures;
    for (const auto& [mode, parity] : unit.parity)
      figures.push_back(fmt::format("{:.1f} dB against {}", parity.min_psnr(), mode));
    lines.push_back(fmt::format("{:12} {:8.2f} ms, load {:.2f} s cold, {:.2f} s cached, {}", unit.unit, unit.median_ms,
                                unit.load_cold_s, unit.load_cached_s, join(figures, ", ")));
  }
  if (results.ane_ran)
    lines.push_back(fmt::format("the Neural Engine {}: {}", *results.ane_ran ? "ran" : "did not run", results.why));
  else
    lines.push_back("whether the Neural Engine ran is not known: " + results.why);
  lines.push_back(
      fmt::format("{}: the limit is {:g} dB against float32", results.passed ? "passed" : "FAILED", results.floor));
  return join(lines, "\n");
}

}  // namespace anemone

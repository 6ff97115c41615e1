// SPDX-License-Identifier: Apache-2.0
// What to take to a Mac: a folder with the package, inputs, the outputs that are expected with each kind of arithmetic,
// and programs that run the package on every compute unit, time it and save what they find in the folder `results`.
// Reading it back says how far each unit is from the expected outputs and whether the Neural Engine ran.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "tune/verify/verification.h"

namespace anemone {

struct WrittenKit {
  std::filesystem::path folder;
  int samples = 0;
  std::vector<std::string> numerics;  // with expected outputs
  std::vector<std::string> notes;     // what is missing, and why
};

// The folder must not exist, or be empty or a kit. Throws Error naming what cannot be read or written.
WrittenKit write_kit(const VerifyRequest& request, const std::filesystem::path& folder);

struct PlannedShare {
  int ops = 0;
  int ane = 0;          // that the compute plan prefers to run on the Neural Engine
  double ane_cost = 0;  // their share of the estimated cost, 0 to 1
};

struct UnitResult {
  std::string unit;   // "CPU_AND_NE" ...
  std::string error;  // why it did not run
  double load_cold_s = 0;
  double load_cached_s = 0;
  double median_ms = 0;
  PlannedShare plan;
  std::map<std::string, Parity> parity;  // by numerics of the expected outputs
};

struct DeviceResults {
  std::string device;
  std::vector<UnitResult> units;
  std::optional<bool> ane_ran;  // nothing: CPU_AND_NE was not measured
  std::string why;              // what says so
  double floor = 0;             // dB, of every unit against float32
  bool passed = false;
};

// Throws Error naming the file when the folder is no kit, or its results are missing or incomplete.
DeviceResults read_device_results(const std::filesystem::path& folder, const ParityOptions& options, double floor);

Json device_results_json(const DeviceResults& results);
std::string device_results_text(const DeviceResults& results);

// The programs and the explanation that go into a kit, by file name.
const std::vector<std::pair<std::string, std::string_view>>& kit_files();

}  // namespace anemone

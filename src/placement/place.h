// SPDX-License-Identifier: Apache-2.0
// Where each op of a program runs, as Core ML's compiler decides it, and why not elsewhere: rules give each op's units,
// estimates their costs, the cheapest plan the choice, and gates may take all of it off the Neural Engine.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "placement/estimate.h"
#include "placement/gates.h"
#include "placement/plan.h"
#include "placement/rule.h"

namespace anemone {

enum class ComputeUnits : unsigned char { kAll, kCpuAndNe, kCpuAndGpu, kCpuOnly };
std::optional<ComputeUnits> compute_units_from(std::string_view name);  // "CPU_AND_NE"
std::string_view name_of(ComputeUnits units);

// Estimates that somebody read from Core ML, by op (its index in the function) and back end, in milliseconds.
using GivenEstimates = std::map<int, std::map<Backend, double>>;

struct PlaceOptions {
  Target target;
  ComputeUnits units = ComputeUnits::kAll;
  bool gpu_busy = false;        // the GPU has other work: half of its speed is left
  std::optional<Rates> rates;   // instead of the target's
  GivenEstimates estimates;     // instead of computed ones
  RuleSet without;              // rules that are taken not to hold
  std::optional<Verdict> gate;  // closed from outside, as by other programs that are loaded
};

struct PlacedOp {
  const Op* op = nullptr;
  int index = 0;
  OpWork work;
  BackendCosts ms{};                     // estimates, also for back ends that refuse the op
  std::array<bool, kUnits> supported{};  // among the compute units
  Unit preferred = Unit::kCpu;
  Backend backend = Backend::kBnns;
  std::vector<Unit> ties;          // other units of equally cheap plans
  double weight = 0;               // share of the program's estimated time
  std::optional<Verdict> off_ane;  // why it does not run on the Neural Engine
  std::optional<Verdict> off_gpu;  // why the GPU refuses it

  double unit_ms(Unit unit) const;
};

struct Segment {
  Unit unit = Unit::kCpu;
  int first = 0;
  int last = 0;
  double ms = 0;
};

struct PlacedFunction {
  const Function* function = nullptr;
  std::string name;
  std::vector<PlacedOp> ops;  // that execute, in program order
  std::vector<Segment> segments;
  double planned_ms = 0;  // with the fixed prices
  std::optional<Verdict> gate;
};

// Unit costs of one op as plain numbers: for whoever rewrites or compresses programs.
struct OpSupport {
  std::array<bool, kUnits> units{};
  std::array<std::optional<Verdict>, kUnits> refusals;
};
OpSupport support(const OpView& op, const Target& target);
BackendCosts cost(const OpView& op, const Target& target);

PlacedFunction place(const Program& program, const Function& function, const WeightSizes& weights,
                     const PlaceOptions& options);

}  // namespace anemone

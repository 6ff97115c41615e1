// SPDX-License-Identifier: Apache-2.0
// The compiler's decision: the cheapest way through the ops in program order, each on a back end that takes it. Costs
// are estimates plus fixed prices for starting a segment, changing the back end, and making a result of the program.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "placement/estimate.h"
#include "targets/rates.h"

namespace anemone {

// Prices in milliseconds between back ends, from the table of a target.
struct Transitions {
  std::array<double, kBackends> start{};                          // the first op runs there
  std::array<std::array<double, kBackends>, kBackends> change{};  // [from][to]; 0 on the diagonal
  std::array<double, kBackends> output{};                         // a result of the program is made there

  static Transitions of(const PlanCosts& costs);
};

struct PlanOp {
  BackendCosts ms{};  // infinity where it cannot run
  bool makes_output = false;
};

struct Plan {
  std::vector<Backend> chosen;
  std::vector<uint8_t> optimal;  // bit b: some cheapest plan runs the op on back end b
  double total = 0;              // infinity when an op runs nowhere
};

// Ties go to the back end of the op before, then to the Neural Engine, then to the CPU. Time and memory grow with the
// number of ops.
Plan cheapest_plan(const std::vector<PlanOp>& ops, const Transitions& transitions);

// The price of running the ops as given.
double price(const std::vector<PlanOp>& ops, const std::vector<Backend>& chosen, const Transitions& transitions);

}  // namespace anemone

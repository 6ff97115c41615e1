// SPDX-License-Identifier: Apache-2.0
// One run of a plan: its steps in order, on the inputs that lie in the slots. Results are in the slots afterwards.
#pragma once

#include <map>
#include <string>

#include "runtime/plan.h"

namespace anemone {

struct PlanRun {
  const Graph& graph;
  const std::map<ValueId, std::string>& state_names;
  Plan& plan;
  Prepared& prepared;
  const RunOptions& options;
  TensorMap& states;
  uint64_t& random;  // of random ops
  const Executable::Trace& trace;
};

// Throws Error naming the op.
void run_plan(const PlanRun& run);

}  // namespace anemone

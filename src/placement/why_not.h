// SPDX-License-Identifier: Apache-2.0
// Why ops that the Neural Engine would take run elsewhere: the arithmetic of the plan in one sentence.
#pragma once

#include "placement/place.h"

namespace anemone {

// Fills off_ane of every op that is not planned for the Neural Engine and is not refused by it.
void explain_absences(PlacedFunction& placed, const std::vector<PlanOp>& ops, const Transitions& transitions,
                      ComputeUnits units);

}  // namespace anemone

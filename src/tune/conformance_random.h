// SPDX-License-Identifier: Apache-2.0
// Judges random ops, whose values nobody else can predict: every drawn value must be possible, and the moments of many
// draws must be those of the declared distribution.
#pragma once

#include <string>

#include "ir/op_definition.h"
#include "runtime/executable.h"

namespace anemone {

// Watches a run of a program with random ops: a trace for Executable that throws CaseFailure when a random op of the
// default function draws what its distribution cannot give, in this run or in many draws with the same parameters.
// `inputs` are those of the run. The executable must outlive the trace.
Executable::Trace distribution_check(const Executable& executable, const TensorMap& inputs);

}  // namespace anemone

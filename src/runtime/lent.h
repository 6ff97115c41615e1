// SPDX-License-Identifier: Apache-2.0
// The edges of a plan without copies: inputs are read where the caller has them, results are written to memory that the
// caller is given. What cannot be lent lies in the arena and is copied.
#pragma once

#include "runtime/buffers.h"
#include "runtime/plan.h"

namespace anemone {

// Decides what is lent, and takes it out of the arena.
void lend_buffers(Plan& plan, Buffers& buffers, const Function& function, Numerics numerics);

// Puts the inputs and fresh memory for the lent results into the slots.
void begin_lending(Plan& plan, const Graph& graph, const TensorMap& inputs, Numerics numerics);
// What a run gives. Afterwards the memory belongs to the callers alone.
std::map<std::string, RuntimeValue> end_lending(Plan& plan, const Graph& graph);

}  // namespace anemone

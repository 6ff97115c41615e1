// SPDX-License-Identifier: Apache-2.0
// Writes a function anew with every value in the layout that suits the Neural Engine: (B, C, 1, S) between projections,
// projections as 1x1 convolutions, attention by heads with keys on axis 1. Reshapes and transposes of the old function
// only rename axes; what moves data is made where an op needs another layout than its operand has, once for each value.
//
// An op whose axes are stated (ir/axes.h) follows the layout of its operands; every other op gets its operands as the
// old function had them. So nothing is matched, and attention may be written in any way.
#pragma once

#include <set>

#include "ir/graph.h"
#include "ir/op_definition.h"
#include "ir/patch.h"
#include "passes/pass.h"

namespace anemone::form {

struct Lowered {
  Patch patch;           // the whole function
  int projections = 0;   // that became convolutions
  int contractions = 0;  // of two activations, by heads
};

Lowered lower(const Graph& graph, const OpTable& table, AttentionMode attention);

}  // namespace anemone::form

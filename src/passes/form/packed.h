// SPDX-License-Identifier: Apache-2.0
// Compressed weights: what constexpr ops make when a program is loaded. Their bits cannot be laid out anew, but a
// matrix can be seen as the weight of a 1x1 convolution.
#pragma once

#include <vector>

#include "ir/builder.h"
#include "ir/graph.h"

namespace anemone::form {

// The constexpr op that makes a weight; nullptr when the operand is none.
const Op* packed_weight(const Graph& graph, const Operand& operand);

// The results of the same op for a weight with two more axes of size 1 behind those of the matrix.
std::vector<ValueId> as_kernel(const Op& op, const Graph& graph, Builder& builder);

}  // namespace anemone::form

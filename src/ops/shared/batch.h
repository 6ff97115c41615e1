// SPDX-License-Identifier: Apache-2.0
// Batch dimensions of matrix products: they broadcast as NumPy does, aligned at the right.
#pragma once

#include "ir/tensor.h"

namespace anemone {

// Error when the dimensions provably cannot be broadcast; unknown when the result cannot be told.
Dim broadcast_dim(const Dim& a, const Dim& b);
Shape broadcast_batch(const Shape& a, const Shape& b);

ConcreteShape batch_of(const ConcreteShape& shape, int matrix_dims = 2);  // without the last dimensions
ConcreteShape broadcast_batch(const ConcreteShape& a, const ConcreteShape& b);

// For each index of `result`, row-major, where the operand's element for it lies; its elements are `step` apart.
std::vector<int64_t> batch_offsets(const ConcreteShape& operand, const ConcreteShape& result, int64_t step);

}  // namespace anemone

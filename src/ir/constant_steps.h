// SPDX-License-Identifier: Apache-2.0
// What the steps of a promised constant do to its bytes. Results do not depend on `threads`; elements of whole bytes
// are moved as bits.
#pragma once

#include <vector>

#include "ir/tensor.h"

namespace anemone {

// Copies `count` indices of `axis` between arrays whose other axes are equal.
void copy_slab(const Tensor& from, Tensor& to, int axis, int64_t from_begin, int64_t to_begin, int64_t count);

// Axis i of the result is axis permutation[i] of `from`.
Tensor permuted(const Tensor& from, const std::vector<int>& permutation, int threads);

// A step along axis i of the result is strides[i] elements of `from`; all must lie inside.
Tensor gathered(const Tensor& from, const ConcreteShape& shape, const std::vector<int64_t>& strides);

// converted(), in pieces.
Tensor converted_by_pieces(const Tensor& from, DType dtype, int threads);

// See Constant::saturated_half().
Tensor half_without_loss_of_kind(const Tensor& from, int threads);

}  // namespace anemone

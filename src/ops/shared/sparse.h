// SPDX-License-Identifier: Apache-2.0
// Sparse constants: a mask of 0 and 1 with the dense shape (uint8 in compute form) and the elements where it is 1, in
// row-major order.
#pragma once

#include "ir/op_definition.h"

namespace anemone {

// Error unless the mask has a shape, the elements are a vector, and their number is that of the mask's ones (checked
// where the mask is known).
void check_sparse(const Arguments& args, std::string_view mask, std::string_view nonzero);

// Zeros where the mask is 0. The number of elements has been checked.
Tensor densified(const Tensor& mask, const Tensor& nonzero);
Tensor sparsified(const Tensor& mask, const Tensor& dense);

// `count` numbers of `bits` bits from a packed little-endian stream of bytes, which is long enough.
Tensor unpacked_bits(const Tensor& bytes, int bits, ConcreteShape shape);

}  // namespace anemone

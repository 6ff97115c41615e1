// SPDX-License-Identifier: Apache-2.0
// Codes packed as MIL packs elements of less than a byte: one after another, lowest bits first.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/tensor.h"

namespace anemone {

// The lowest `bits` bits of each code, as a tensor of `dtype`, whose elements have either as many bits or 8.
Tensor packed(const std::vector<uint8_t>& codes, int bits, DType dtype, ConcreteShape shape, int threads);

// uint1 ... uint8 for palettes.
DType index_type(int bits);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Numbers of fewer than 8 bits in a little-endian stream: number i takes bits [i · bits, (i + 1) · bits).
#pragma once

#include <cstddef>
#include <cstdint>

namespace anemone {

// Writes `count` numbers, one byte each. The stream has `size` bytes, at least as many as they need.
void unpack_bits(const uint8_t* stream, size_t size, int bits, int64_t count, uint8_t* to);

}  // namespace anemone

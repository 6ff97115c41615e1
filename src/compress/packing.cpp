// SPDX-License-Identifier: Apache-2.0
#include "compress/packing.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/parallel.h"

namespace anemone {

Tensor packed(const std::vector<uint8_t>& codes, int bits, DType dtype, ConcreteShape shape, int threads) {
  Tensor result(dtype, std::move(shape));
  const size_t bytes = (codes.size() * static_cast<size_t>(bits) + 7) / 8;
  CHECK(result.byte_size() == bytes && bits >= 1 && bits <= 8);
  auto* to = reinterpret_cast<uint8_t*>(result.bytes());
  const auto size = static_cast<int64_t>(codes.size());
  // Eight codes fill whole bytes, so pieces of a multiple of eight do not meet in one.
  parallel_for(threads, size, int64_t{1} << 16, [&](int64_t begin, int64_t end) {
    int64_t first = begin;
    for (; bits == 1 && first + 8 <= end; first += 8) {  // the lowest bit of each of eight bytes, side by side
      uint64_t bytes_of_eight = 0;
      std::memcpy(&bytes_of_eight, codes.data() + first, 8);
      to[first / 8] = static_cast<uint8_t>((bytes_of_eight & 0x0101010101010101U) * 0x0102040810204080U >> 56);
    }
    for (int64_t i = first; i < end; i += 8) {
      uint64_t word = 0;
      const int64_t count = std::min<int64_t>(8, end - i);
      for (int64_t j = 0; j < count; ++j) {
        const uint64_t code = codes[static_cast<size_t>(i + j)] & ((1U << bits) - 1);
        word |= code << (j * bits);
      }
      uint8_t* at = to + i / 8 * bits;
      for (int64_t j = 0; j * 8 < count * bits; ++j) at[j] = static_cast<uint8_t>(word >> (8 * j));
    }
  });
  return result;
}

DType index_type(int bits) {
  for (const DType dtype : {DType::kUInt1, DType::kUInt2, DType::kUInt3, DType::kUInt4, DType::kUInt6, DType::kUInt8})
    if (bit_width(dtype) == bits) return dtype;
  fail("there are no indices of {} bits", bits);
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "base/bits.h"

#include <algorithm>

#include "base/error.h"

namespace anemone {
namespace {

// Eight numbers of kBits bits fill kBits bytes.
template <int kBits>
void unpack_eights(const uint8_t* stream, int64_t eights, uint8_t* to) {
  constexpr unsigned kMask = (1U << kBits) - 1;
  for (int64_t i = 0; i < eights; ++i, stream += kBits, to += 8) {
    uint64_t word = 0;
    for (int byte = 0; byte < kBits; ++byte) word |= static_cast<uint64_t>(stream[byte]) << (8 * byte);
    for (int j = 0; j < 8; ++j) to[j] = static_cast<uint8_t>((word >> (j * kBits)) & kMask);
  }
}

void unpack_eights(int bits, const uint8_t* stream, int64_t eights, uint8_t* to) {
  switch (bits) {
    case 1:
      return unpack_eights<1>(stream, eights, to);
    case 2:
      return unpack_eights<2>(stream, eights, to);
    case 3:
      return unpack_eights<3>(stream, eights, to);
    case 4:
      return unpack_eights<4>(stream, eights, to);
    case 6:
      return unpack_eights<6>(stream, eights, to);
    default:
      fail("numbers of {} bits cannot be unpacked", bits);
  }
}

}  // namespace

void unpack_bits(const uint8_t* stream, size_t size, int bits, int64_t count, uint8_t* to) {
  const auto width = static_cast<size_t>(bits);
  CHECK(size >= (static_cast<size_t>(count) * width + 7) / 8);
  if (bits == 8) {
    std::copy_n(stream, count, to);
    return;
  }
  const int64_t eights = count / 8;
  unpack_eights(bits, stream, eights, to);
  for (int64_t i = eights * 8; i < count; ++i) {
    const size_t bit = static_cast<size_t>(i) * width;
    unsigned window = stream[bit / 8];
    if (bit / 8 + 1 < size) window |= static_cast<unsigned>(stream[bit / 8 + 1]) << 8;
    to[i] = static_cast<uint8_t>((window >> (bit % 8)) & ((1U << width) - 1));
  }
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "import/value_scan.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <mutex>

#include "base/error.h"
#include "base/half.h"
#include "base/parallel.h"

namespace anemone {
namespace {

constexpr int64_t kGrain = 1 << 18;     // elements of a piece
constexpr double kLargestHalf = 65504;  // above 1e38 a value stands for infinity
constexpr double kInfinite = 1e38;

// Bit patterns of floats order like their magnitudes once the sign is cleared, so one integer maximum says whether a
// piece needs a closer look.
template <typename Bits>
Bits largest_magnitude(const std::byte* from, int64_t count) {
  constexpr Bits kMagnitude = static_cast<Bits>(~Bits{0}) >> 1;
  Bits largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    Bits bits;
    std::memcpy(&bits, from + i * static_cast<int64_t>(sizeof bits), sizeof bits);
    largest = std::max<Bits>(largest, bits & kMagnitude);
  }
  return largest;
}

template <typename Bits, typename Decode>
ValueScan look_closely(const std::byte* from, int64_t begin, int64_t end, const Decode& decode) {
  ValueScan scan;
  for (int64_t i = begin; i < end; ++i) {
    Bits bits;
    std::memcpy(&bits, from + i * static_cast<int64_t>(sizeof bits), sizeof bits);
    const double magnitude = std::abs(static_cast<double>(decode(bits)));
    if (!std::isfinite(magnitude) && !scan.first_bad) {
      scan.first_bad = i;
      scan.bad_is_nan = std::isnan(magnitude);
    }
    scan.exceeds_half = scan.exceeds_half || (magnitude > kLargestHalf && magnitude < kInfinite);
  }
  return scan;
}

template <typename Bits, typename Decode>
ValueScan scan_all(std::span<const std::byte> bytes, Bits harmless, int threads, const Decode& decode) {
  ValueScan all;
  std::mutex merging;
  const auto count = static_cast<int64_t>(bytes.size() / sizeof(Bits));
  parallel_for(threads, count, kGrain, [&](int64_t begin, int64_t end) {
    const std::byte* from = bytes.data();
    if (largest_magnitude<Bits>(from + begin * static_cast<int64_t>(sizeof(Bits)), end - begin) <= harmless) return;
    const ValueScan piece = look_closely<Bits>(from, begin, end, decode);
    const std::lock_guard lock(merging);
    all.exceeds_half = all.exceeds_half || piece.exceeds_half;
    if (piece.first_bad && (!all.first_bad || *piece.first_bad < *all.first_bad)) {
      all.first_bad = piece.first_bad;
      all.bad_is_nan = piece.bad_is_nan;
    }
  });
  return all;
}

}  // namespace

ValueScan scan_values(std::span<const std::byte> bytes, DType dtype, int threads) {
  switch (dtype) {
    case DType::kFloat16:
      return scan_all<uint16_t>(bytes, 0x7BFF, threads, [](uint16_t bits) { return half_to_float(bits); });
    case DType::kBFloat16:
      return scan_all<uint16_t>(bytes, float_to_bfloat16(65280.0F), threads,
                                [](uint16_t bits) { return bfloat16_to_float(bits); });
    case DType::kFloat32:
      return scan_all<uint32_t>(bytes, std::bit_cast<uint32_t>(65504.0F), threads,
                                [](uint32_t bits) { return std::bit_cast<float>(bits); });
    case DType::kFloat64:
      return scan_all<uint64_t>(bytes, std::bit_cast<uint64_t>(kLargestHalf), threads,
                                [](uint64_t bits) { return std::bit_cast<double>(bits); });
    default:
      fail("element type {} has no infinities to look for", name_of(dtype));
  }
}

}  // namespace anemone

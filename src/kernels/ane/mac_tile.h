// SPDX-License-Identifier: Apache-2.0
// The inner loop of mac.h. Factors are packed so that one fused multiply-add rounds a product:
//   - left: for each k, the values of up to `rows` rows, then max(|value|, 2^-14) of each;
//   - right: for each k, kMacPanel values times 2^16, of which each that is not 0 is moved one bit away from zero.
// A product of two halves has 22 significant bits, so that bit moves it by less than the distance of any two products,
// and no product is a tie any more: rounding to nearest gives what ties away from zero would have given.
#pragma once

#include <bit>
#include <cstdint>

#include "kernels/ane/mac.h"

namespace anemone::kernels::ane {

inline constexpr int kMaxMacRows = 12;
inline constexpr float kLargestFastProduct = 63.0F;  // 2^22 units of 2^-16 are 64

struct MacTile {
  int rows;  // most rows of one tile, at most kMaxMacRows

  // out[i][j] = start + the sum, rounded to half, for i < rows, j < kMacPanel. Needs the proof that no sum on the way
  // reaches 32768, and, if not `wide`, that no product exceeds kLargestFastProduct; `wide` takes twice as long.
  // `start_rows` or `start_columns`, in units of 2^-16, may be null.
  void (*multiply)(bool wide, int rows, int64_t depth, const float* left, const float* right, const int32_t* start_rows,
                   const int32_t* start_columns, float* out);

  // The same without proof, step by step and several times slower: the sums in units of 2^-16, which stop for good
  // where they reach 2^31. Starts are in the same units, as are those of one row and of kMacPanel columns.
  void (*sum_carefully)(int64_t depth, const float* left, double start_row, const double* start_columns,
                        const float* right, double* sums);
};

// The best tile of this machine. (Reads Highway's chosen target, so tests can force another.)
MacTile mac_tile();

// A half as the right factor holds it, and back.
inline float pack_right(float half) {
  return half == 0 ? 0 : std::bit_cast<float>(std::bit_cast<uint32_t>(half * 0x1p16F) + 1);
}
inline float unpack_right(float packed) {
  return std::bit_cast<float>(std::bit_cast<uint32_t>(packed) & ~1U) * 0x1p-16F;
}

}  // namespace anemone::kernels::ane

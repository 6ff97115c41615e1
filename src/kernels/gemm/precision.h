// SPDX-License-Identifier: Apache-2.0
// What the factors of a product with weights are rounded to. Sums are float32 (of 8-bit integers: exact). All
// precisions share the loops around the tile: a row is kept in words of 4 bytes, one float, two bfloat16 or four
// integers along k, and the tile multiplies words.
#pragma once

#include <cstdint>

#include "kernels/gemm/tile.h"

namespace anemone::kernels {

enum class Precision : uint8_t {
  kFloat32,
  kBfloat16,  // both factors rounded to nearest even
  kInt8,      // both scaled by their largest magnitude: weights for each output, activations for each row
};

// What this machine multiplies faster than float32, else kFloat32; integers also need sums that fit 32 bits.
Precision usable(Precision wished, int64_t k);

inline int64_t values_per_word(Precision precision) {
  return precision == Precision::kFloat32 ? 1 : precision == Precision::kBfloat16 ? 2 : 4;
}
inline int64_t words_of(Precision precision, int64_t k) {
  const int64_t values = values_per_word(precision);
  return (k + values - 1) / values;
}

Tile tile(Precision precision);

// What turns floats into the words of kBfloat16 or kInt8, and sums back into floats.
struct WordFormat {
  // A row of k floats as words; the last one is filled up with zeros. Gives the scale of integers.
  float (*activations)(int64_t k, const float* row, uint32_t* words);
  // The same for weights; of integers also what must be added to every sum, since activations are stored above zero.
  float (*weights)(int64_t k, const float* row, uint32_t* words, int32_t* correction);
  // Of integers: sums of one row, in place, become floats.
  void (*finish)(int64_t count, float* sums, const int32_t* corrections, const float* scales, float row_scale);
};

WordFormat word_format(Precision precision);  // not of kFloat32

}  // namespace anemone::kernels

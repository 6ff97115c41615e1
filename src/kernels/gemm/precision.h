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
  kInt8,      // weights scaled by each output's largest magnitude, activations by each row's range
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

// Of rows in integers: a value is scale · (integer - zero).
struct RowScale {
  float scale = 1.0F;
  int32_t zero = 0;
};

// What turns floats into the words of kBfloat16 or kInt8, and sums back into floats.
struct WordFormat {
  // A row of k floats as words; the last one is filled up.
  RowScale (*activations)(int64_t k, const float* row, uint32_t* words);
  // The same for weights, filled up with zeros, which are 0 in integers too; of these also their sum.
  float (*weights)(int64_t k, const float* row, uint32_t* words, int32_t* sum);
  // Of integers: sums of products of one row, in place, become floats.
  void (*finish)(int64_t count, float* products, const int32_t* weight_sums, const float* scales, RowScale row);
};

WordFormat word_format(Precision precision);  // not of kFloat32

}  // namespace anemone::kernels

// SPDX-License-Identifier: Apache-2.0
// Sums of halves in half precision: every partial sum is rounded to 11 significant bits, ties away from zero. That the
// precision is narrow was measured; the order, rising within blocks whose sums are then added in order, is inferred.
// Partial sums may exceed the range of half: only a result does not.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "kernels/ane/function.h"
#include "kernels/ane/half.h"

namespace anemone::kernels::ane {

// To 11 significant bits, ties away from zero, whatever the exponent.
inline float round_significand(float value) {
  return std::bit_cast<float>((std::bit_cast<uint32_t>(value) + 0x1000U) & 0xFFFFE000U);
}

// Sum of term(i) for i in [0, count).
template <typename Term>
float narrow_sum(int64_t count, int64_t block, const Term& term) {
  float total = 0;
  for (int64_t begin = 0; begin < count; begin += block) {
    float part = term(begin);
    for (int64_t i = begin + 1; i < std::min(count, begin + block); ++i) part = round_significand(part + term(i));
    total = begin == 0 ? part : round_significand(total + part);
  }
  return total;
}

// A row that lies scattered: element i at data[offsets[i]].
struct Row {
  const int64_t* offsets;
  int64_t count;
};

// e^(x - max) · (1 / sum), each step rounded.
inline void softmax_row(const Row& row, int64_t block, const float* x, float* out) {
  const HalfTable& power = HalfTable::of(HalfFunction::kExp);
  float largest = decoded(x[row.offsets[0]]);
  for (int64_t i = 1; i < row.count; ++i) largest = std::max(largest, decoded(x[row.offsets[i]]));
  for (int64_t i = 0; i < row.count; ++i) out[row.offsets[i]] = power(round_away(decoded(x[row.offsets[i]]) - largest));
  const float sum = narrow_sum(row.count, block, [&](int64_t i) { return out[row.offsets[i]]; });
  const float scale = evaluate(HalfFunction::kInverse, round_away(sum));
  for (int64_t i = 0; i < row.count; ++i) out[row.offsets[i]] = round_away(out[row.offsets[i]] * scale);
}

// As round_away(), but beyond the range of half the value stays.
inline float round_wide(float value) {
  const float half = round_away(value);
  return std::isfinite(half) ? half : round_significand(value);
}

// 1 / √value of a value that may be beyond the range of half: by powers of 4 that are taken out.
inline float wide_rsqrt(float value) {
  float scale = 1;
  for (; value > 65504; value /= 4) scale /= 2;
  return decoded(evaluate(HalfFunction::kRsqrt, round_away(value))) * scale;
}

// (x - mean) / √(variance + epsilon), each step rounded; the mean and variance are narrow sums over count. Only the
// result is limited to half: norms of inputs in the thousands do not overflow (measured, see docs/numerics.md).
inline void normalize_row(const Row& row, int64_t block, float epsilon, const float* x, float* out) {
  const auto count = static_cast<float>(row.count);
  const auto value = [&](int64_t i) { return decoded(x[row.offsets[i]]); };
  const float mean = round_away(narrow_sum(row.count, block, value) / count);
  for (int64_t i = 0; i < row.count; ++i) out[row.offsets[i]] = round_wide(value(i) - mean);
  const float squares = narrow_sum(row.count, block, [&](int64_t i) {
    const float distance = out[row.offsets[i]];
    return round_significand(distance * distance);
  });
  const float scale = wide_rsqrt(round_wide(round_significand(squares / count) + epsilon));
  for (int64_t i = 0; i < row.count; ++i) out[row.offsets[i]] = round_away(out[row.offsets[i]] * scale);
}

}  // namespace anemone::kernels::ane

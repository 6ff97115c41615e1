// SPDX-License-Identifier: Apache-2.0
// AVX-512 with bfloat16 dot products (Zen 4, Cooper Lake) and 8-bit ones (VNNI: Cascade Lake). Compiled with target
// attributes and used only where the processor says that it has them.
#include "kernels/gemm/precision.h"

#include "base/error.h"

#if defined(__x86_64__)

#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 warns of the deliberately undefined operands inside its own intrinsics (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "kernels/simd.h"

#define ANEMONE_BF16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define ANEMONE_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))

namespace anemone::kernels {
namespace {

constexpr int kRows = 12;  // as in tile.cpp: 24 accumulators, two vectors of b
constexpr int64_t kLanes = 16;
static_assert(kPanel == 2 * kLanes && kRows <= kMaxTileRows);

bool has_bfloat16() {
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                          __builtin_cpu_supports("avx512bf16");
  return has;
}
bool has_int8() {
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                          __builtin_cpu_supports("avx512vnni");
  return has;
}

// ---- tiles: the loop of tile.cpp with another multiply-add
template <int kCount>
ANEMONE_BF16 void multiply_bfloat16(int64_t depth, const float* a, int64_t a_stride, const float* b, int64_t b_stride,
                                    float* c, int64_t c_stride, bool add) {
  __m512 left[kCount];
  __m512 right[kCount];
  ANEMONE_UNROLL
  for (int i = 0; i < kCount; ++i) left[i] = right[i] = _mm512_setzero_ps();
  for (int64_t k = 0; k < depth; ++k, a += a_stride, b += b_stride) {
    const auto b_left = (__m512bh)_mm512_loadu_ps(b);
    const auto b_right = (__m512bh)_mm512_loadu_ps(b + kLanes);
    _mm_prefetch(b + kFetchAhead * b_stride, _MM_HINT_T0);
    _mm_prefetch(b + kFetchAhead * b_stride + kLanes, _MM_HINT_T0);
    ANEMONE_UNROLL
    for (int i = 0; i < kCount; ++i) {
      const auto pair = (__m512bh)_mm512_set1_ps(a[i]);
      left[i] = _mm512_dpbf16_ps(left[i], b_left, pair);
      right[i] = _mm512_dpbf16_ps(right[i], b_right, pair);
    }
  }
  ANEMONE_UNROLL
  for (int i = 0; i < kCount; ++i) {
    float* row = c + i * c_stride;
    if (add) {
      left[i] = _mm512_add_ps(_mm512_loadu_ps(row), left[i]);
      right[i] = _mm512_add_ps(_mm512_loadu_ps(row + kLanes), right[i]);
    }
    _mm512_storeu_ps(row, left[i]);
    _mm512_storeu_ps(row + kLanes, right[i]);
  }
}

template <int kCount>
ANEMONE_VNNI void multiply_int8(int64_t depth, const float* a, int64_t a_stride, const float* b, int64_t b_stride,
                                float* c, int64_t c_stride, bool) {
  __m512i left[kCount];
  __m512i right[kCount];
  ANEMONE_UNROLL
  for (int i = 0; i < kCount; ++i) left[i] = right[i] = _mm512_setzero_si512();
  for (int64_t k = 0; k < depth; ++k, a += a_stride, b += b_stride) {
    const __m512i b_left = _mm512_loadu_si512(b);
    const __m512i b_right = _mm512_loadu_si512(b + kLanes);
    _mm_prefetch(b + kFetchAhead * b_stride, _MM_HINT_T0);
    _mm_prefetch(b + kFetchAhead * b_stride + kLanes, _MM_HINT_T0);
    ANEMONE_UNROLL
    for (int i = 0; i < kCount; ++i) {
      const __m512i four = _mm512_castps_si512(_mm512_set1_ps(a[i]));
      left[i] = _mm512_dpbusd_epi32(left[i], four, b_left);
      right[i] = _mm512_dpbusd_epi32(right[i], four, b_right);
    }
  }
  ANEMONE_UNROLL
  for (int i = 0; i < kCount; ++i) {
    _mm512_storeu_si512(c + i * c_stride, left[i]);
    _mm512_storeu_si512(c + i * c_stride + kLanes, right[i]);
  }
}

using Multiply = void (*)(int64_t, const float*, int64_t, const float*, int64_t, float*, int64_t, bool);

template <int... kCounts>
constexpr std::array<Multiply, kRows> bfloat16_tiles(std::integer_sequence<int, kCounts...>) {
  return {multiply_bfloat16<kCounts + 1>...};
}
template <int... kCounts>
constexpr std::array<Multiply, kRows> int8_tiles(std::integer_sequence<int, kCounts...>) {
  return {multiply_int8<kCounts + 1>...};
}

void multiply_bfloat16_rows(int rows, int64_t depth, const float* a, int64_t a_stride, const float* b, int64_t b_stride,
                            float* c, int64_t c_stride, bool add) {
  static constexpr auto kTiles = bfloat16_tiles(std::make_integer_sequence<int, kRows>());
  kTiles[static_cast<size_t>(rows - 1)](depth, a, a_stride, b, b_stride, c, c_stride, add);
}
void multiply_int8_rows(int rows, int64_t depth, const float* a, int64_t a_stride, const float* b, int64_t b_stride,
                        float* c, int64_t c_stride, bool add) {
  CHECK(!add);
  static constexpr auto kTiles = int8_tiles(std::make_integer_sequence<int, kRows>());
  kTiles[static_cast<size_t>(rows - 1)](depth, a, a_stride, b, b_stride, c, c_stride, add);
}

// ---- words
__mmask16 first_lanes(int64_t count) {
  return static_cast<__mmask16>(count >= kLanes ? 0xFFFFU : (1U << std::max<int64_t>(count, 0)) - 1U);
}

ANEMONE_BF16 RowScale to_bfloat16(int64_t k, const float* row, uint32_t* words) {
  auto* to = reinterpret_cast<uint16_t*>(words);
  const int64_t padded = words_of(Precision::kBfloat16, k) * 2;
  for (int64_t i = 0; i < padded; i += kLanes) {
    const auto values = (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(first_lanes(k - i), row + i));
    _mm256_mask_storeu_epi16(to + i, first_lanes(padded - i), values);
  }
  return {};
}

float weights_to_bfloat16(int64_t k, const float* row, uint32_t* words, int32_t*) {
  return to_bfloat16(k, row, words).scale;
}

// The smallest and the largest of a row and 0; NaN when there is one in it.
struct Range {
  float low;
  float high;
};

ANEMONE_VNNI Range range_of(int64_t k, const float* row) {
  __m512 low = _mm512_setzero_ps();
  __m512 high = _mm512_setzero_ps();
  __mmask16 unordered = 0;
  for (int64_t i = 0; i < k; i += kLanes) {
    const __m512 values = _mm512_maskz_loadu_ps(first_lanes(k - i), row + i);
    low = _mm512_min_ps(low, values);
    high = _mm512_max_ps(high, values);
    unordered = static_cast<__mmask16>(unordered | _mm512_cmp_ps_mask(values, values, _CMP_UNORD_Q));
  }
  if (unordered != 0) return {NAN, NAN};
  return {_mm512_reduce_min_ps(low), _mm512_reduce_max_ps(high)};
}

// round(x · factor) + offset as bytes.
ANEMONE_VNNI void to_bytes(int64_t k, const float* row, float factor, int32_t offset, uint32_t* words) {
  auto* to = reinterpret_cast<uint8_t*>(words);
  const int64_t padded = words_of(Precision::kInt8, k) * 4;
  const __m512 scale = _mm512_set1_ps(factor);
  const __m512i shift = _mm512_set1_epi32(offset);
  for (int64_t i = 0; i < padded; i += kLanes) {
    const __m512 scaled = _mm512_mul_ps(_mm512_maskz_loadu_ps(first_lanes(k - i), row + i), scale);
    const __m512i whole = _mm512_add_epi32(_mm512_cvtps_epi32(scaled), shift);
    _mm512_mask_cvtepi32_storeu_epi8(to + i, first_lanes(padded - i), whole);
  }
}

// As bytes from 0 to 255. The scale of a row that is not finite makes NaN of all its products.
RowScale activations_to_int8(int64_t k, const float* row, uint32_t* words) {
  const Range range = range_of(k, row);
  const float scale = (range.high - range.low) / 255.0F;
  if (!std::isfinite(scale) || scale < std::numeric_limits<float>::min()) {
    std::memset(words, 0, static_cast<size_t>(words_of(Precision::kInt8, k)) * 4);
    return {std::isfinite(scale) ? 0.0F : NAN, 0};
  }
  const auto zero = static_cast<int32_t>(std::lround(-range.low / scale));
  to_bytes(k, row, 1.0F / scale, zero, words);
  return {scale, zero};
}

float weights_to_int8(int64_t k, const float* row, uint32_t* words, int32_t* sum) {
  const Range range = range_of(k, row);
  const float largest = std::max(range.high, -range.low);
  const float scale = largest / 127.0F;
  const bool usable = std::isfinite(scale) && scale >= std::numeric_limits<float>::min();
  to_bytes(k, row, usable ? 1.0F / scale : 0.0F, 0, words);
  *sum = 0;
  const auto* bytes = reinterpret_cast<const int8_t*>(words);
  for (int64_t i = 0; i < k; ++i) *sum += bytes[i];
  return std::isfinite(scale) ? scale : NAN;
}

ANEMONE_VNNI void finish_int8(int64_t count, float* products, const int32_t* weight_sums, const float* scales,
                              RowScale row) {
  const __m512 factor = _mm512_set1_ps(row.scale);
  const __m512i zero = _mm512_set1_epi32(row.zero);
  for (int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 mask = first_lanes(count - i);
    const __m512i excess = _mm512_mullo_epi32(zero, _mm512_maskz_loadu_epi32(mask, weight_sums + i));
    const __m512i sum = _mm512_sub_epi32(_mm512_maskz_loadu_epi32(mask, products + i), excess);
    const __m512 scale = _mm512_mul_ps(factor, _mm512_maskz_loadu_ps(mask, scales + i));
    _mm512_mask_storeu_ps(products + i, mask, _mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale));
  }
}

}  // namespace

Precision usable(Precision wished, int64_t k) {
  constexpr int64_t kLongestInt8 = int64_t{1} << 15;  // so many products of 255 · 127 are below 2^30
  if (wished == Precision::kBfloat16 && has_bfloat16()) return wished;
  if (wished == Precision::kInt8 && has_int8() && k <= kLongestInt8) return wished;
  return Precision::kFloat32;
}

Tile tile(Precision precision) {
  Tile words = tile();
  if (precision == Precision::kFloat32) return words;
  words.rows = kRows;
  words.multiply = precision == Precision::kBfloat16 ? multiply_bfloat16_rows : multiply_int8_rows;
  if (precision == Precision::kInt8) words.depth_block = INT64_MAX;  // integers need no blocks
  return words;
}

WordFormat word_format(Precision precision) {
  if (precision == Precision::kBfloat16) return {to_bfloat16, weights_to_bfloat16, nullptr};
  CHECK(precision == Precision::kInt8);
  return {activations_to_int8, weights_to_int8, finish_int8};
}

}  // namespace anemone::kernels

#else  // no other machine has a tile yet

namespace anemone::kernels {

Precision usable(Precision, int64_t) { return Precision::kFloat32; }
Tile tile(Precision) { return tile(); }
WordFormat word_format(Precision) { return {}; }

}  // namespace anemone::kernels

#endif

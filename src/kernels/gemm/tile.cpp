// SPDX-License-Identifier: Apache-2.0
#include "kernels/gemm/tile.h"

#include <utility>

#include "kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/tile.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // compiles the rest of this file once per instruction set
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace anemone::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

using Floats = hn::CappedTag<float, 16>;
using Vector = hn::Vec<Floats>;
constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(Floats()));
constexpr int64_t kColumns = 2 * kLanes;  // two vectors across hide the latency; see kRows
// 2 · kRows accumulators, two vectors of b and one of a must fit the registers: 32 in AVX-512 and NEON, 16 elsewhere.
constexpr int kRows = HWY_TARGET <= HWY_AVX3 || HWY_TARGET == HWY_NEON ? 12 : 6;
static_assert(kPanel % kColumns == 0 && kRows <= kMaxTileRows);

template <int kCount>
void multiply_columns(int64_t depth, const float* HWY_RESTRICT a, int64_t a_stride, const float* HWY_RESTRICT b,
                      int64_t b_stride, float* HWY_RESTRICT c, int64_t c_stride, bool add) {
  const Floats d;
  Vector left[kCount];
  Vector right[kCount];
  ANEMONE_UNROLL
  for (int i = 0; i < kCount; ++i) left[i] = right[i] = hn::Zero(d);
  for (int64_t k = 0; k < depth; ++k, a += a_stride, b += b_stride) {
    const Vector b_left = hn::LoadU(d, b);
    const Vector b_right = hn::LoadU(d, b + kLanes);
    for (int64_t line = 0; line < kColumns; line += 16) hwy::Prefetch(b + kFetchAhead * b_stride + line);
    ANEMONE_UNROLL
    for (int i = 0; i < kCount; ++i) {
      const Vector factor = hn::Set(d, a[i]);
      left[i] = hn::MulAdd(factor, b_left, left[i]);
      right[i] = hn::MulAdd(factor, b_right, right[i]);
    }
  }
  ANEMONE_UNROLL
  for (int i = 0; i < kCount; ++i) {
    float* row = c + i * c_stride;
    if (add) {
      left[i] = hn::Add(hn::LoadU(d, row), left[i]);
      right[i] = hn::Add(hn::LoadU(d, row + kLanes), right[i]);
    }
    hn::StoreU(left[i], d, row);
    hn::StoreU(right[i], d, row + kLanes);
  }
}

using MultiplyColumns = void (*)(int64_t, const float*, int64_t, const float*, int64_t, float*, int64_t, bool);

template <int... kCounts>
MultiplyColumns choose(int rows, std::integer_sequence<int, kCounts...>) {
  static constexpr MultiplyColumns kTable[] = {multiply_columns<kCounts + 1>...};
  return kTable[rows - 1];
}

void multiply(int rows, int64_t depth, const float* a, int64_t a_stride, const float* b, int64_t b_stride, float* c,
              int64_t c_stride, bool add) {
  const MultiplyColumns columns = choose(rows, std::make_integer_sequence<int, kRows>());
  for (int64_t j = 0; j < kPanel; j += kColumns) columns(depth, a, a_stride, b + j, b_stride, c + j, c_stride, add);
}

#if HWY_TARGET != HWY_SCALAR
// Four rows by four columns in registers.
void transpose_square(const float* from, int64_t from_stride, float* to, int64_t to_stride) {
  const hn::FixedTag<float, 4> d;
  const hn::Repartition<double, decltype(d)> pairs;
  const auto r0 = hn::LoadU(d, from);
  const auto r1 = hn::LoadU(d, from + from_stride);
  const auto r2 = hn::LoadU(d, from + 2 * from_stride);
  const auto r3 = hn::LoadU(d, from + 3 * from_stride);
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, r0, r1));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, r2, r3));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, r0, r1));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, r2, r3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, to + to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, to + 2 * to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, to + 3 * to_stride);
}
#endif

void transpose(int64_t rows, int64_t depth, const float* from, int64_t from_stride, float* to, int64_t to_stride) {
  int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  for (; i + 4 <= rows; i += 4) {
    int64_t k = 0;
    for (; k + 4 <= depth; k += 4)
      transpose_square(from + i * from_stride + k, from_stride, to + k * to_stride + i, to_stride);
    for (; k < depth; ++k)
      for (int64_t row = i; row < i + 4; ++row) to[k * to_stride + row] = from[row * from_stride + k];
  }
#endif
  for (; i < rows; ++i)
    for (int64_t k = 0; k < depth; ++k) to[k * to_stride + i] = from[i * from_stride + k];
}

}  // namespace

Tile make_tile() { return {kRows, kDepthBlock, multiply, transpose}; }

}  // namespace anemone::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anemone::kernels {

HWY_EXPORT(make_tile);

Tile tile() { return HWY_DYNAMIC_DISPATCH(make_tile)(); }

}  // namespace anemone::kernels
#endif

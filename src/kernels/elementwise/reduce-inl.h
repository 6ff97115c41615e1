// SPDX-License-Identifier: Apache-2.0
// Sums of a span in an order that depends on its length only: kWays chains, element i in chain i mod kWays, then a
// fixed tree over the chains. Machines hold the chains in more or fewer vectors and get the same bits. Included once
// per instruction set, after map-inl.h.
#if defined(ANEMONE_KERNELS_REDUCE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ANEMONE_KERNELS_REDUCE_INL_H
#undef ANEMONE_KERNELS_REDUCE_INL_H
#else
#define ANEMONE_KERNELS_REDUCE_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "kernels/elementwise/map-inl.h"
#include "kernels/simd.h"

HWY_BEFORE_NAMESPACE();
namespace anemone::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

inline constexpr int64_t kWays = 32;
inline constexpr int64_t kWayVectors = kWays / kLanes;

// The lower half of the lanes with the upper half, again and again.
template <class Combine, class D, class V>
HWY_INLINE float fold_lanes([[maybe_unused]] const Combine& combine, D, V lanes) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (hn::MaxLanes(D()) > 1) {
    const hn::Half<D> half;
    return fold_lanes(combine, half, combine(half, hn::LowerHalf(half, lanes), hn::UpperHalf(half, lanes)));
  } else
#endif
    return hn::GetLane(lanes);
}

// Combines transform(x[i]) over i. transform(pad) must be a value that combine ignores.
template <class Combine, class Transform>
float reduce(const Combine& combine, const Transform& transform, float pad, const float* x, int64_t count) {
  const Floats d;
  Vector chains[kWayVectors];
  for (Vector& chain : chains) chain = transform(d, hn::Set(d, pad));
  int64_t i = 0;
  for (; i + kWays <= count; i += kWays) {
    ANEMONE_UNROLL
    for (int64_t v = 0; v < kWayVectors; ++v)
      chains[v] = combine(d, chains[v], transform(d, hn::LoadU(d, x + i + v * kLanes)));
  }
  for (int64_t v = 0; v < kWayVectors && i < count; ++v, i += kLanes) {
    const bool whole = i + kLanes <= count;
    const Vector rest = whole ? hn::LoadU(d, x + i) : load_padded(x + i, count - i, pad);
    chains[v] = combine(d, chains[v], transform(d, rest));
  }
  for (int64_t half = kWayVectors / 2; half > 0; half /= 2)
    for (int64_t v = 0; v < half; ++v) chains[v] = combine(d, chains[v], chains[v + half]);
  return fold_lanes(combine, d, chains[0]);
}

struct Identity {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x) const {
    return x;
  }
};
struct Sum {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x, V y) const {
    return hn::Add(x, y);
  }
};
struct Largest {  // NaN wins
  template <class D, class V>
  HWY_INLINE V operator()(D, V x, V y) const {
    return hn::IfThenElse(hn::IsNaN(x), x, hn::IfThenElse(hn::Gt(x, y), x, y));
  }
};

}  // namespace anemone::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target guard

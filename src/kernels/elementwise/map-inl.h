// SPDX-License-Identifier: Apache-2.0
// Loops of a vector functor over spans. The last, partial vector goes through a padded copy, so that each element meets
// the same instructions wherever it stands. Included once per instruction set.
#if defined(ANEMONE_KERNELS_MAP_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ANEMONE_KERNELS_MAP_INL_H
#undef ANEMONE_KERNELS_MAP_INL_H
#else
#define ANEMONE_KERNELS_MAP_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace anemone::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, 16>;
using Vector = hn::Vec<Floats>;
inline constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(Floats()));

template <class Functor>
void map(const Functor& functor, const float* x, float* out, int64_t count) {
  const Floats d;
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) hn::StoreU(functor(d, hn::LoadU(d, x + i)), d, out + i);
  if (i == count) return;
  float padded[kLanes] = {};
  std::copy(x + i, x + count, padded);
  hn::StoreU(functor(d, hn::LoadU(d, padded)), d, padded);
  std::copy_n(padded, count - i, out + i);
}

template <class Functor>
void map(const Functor& functor, const float* x, const float* y, float* out, int64_t count) {
  const Floats d;
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) hn::StoreU(functor(d, hn::LoadU(d, x + i), hn::LoadU(d, y + i)), d, out + i);
  if (i == count) return;
  float padded_x[kLanes] = {};
  float padded_y[kLanes] = {};
  std::copy(x + i, x + count, padded_x);
  std::copy(y + i, y + count, padded_y);
  hn::StoreU(functor(d, hn::LoadU(d, padded_x), hn::LoadU(d, padded_y)), d, padded_x);
  std::copy_n(padded_x, count - i, out + i);
}

}  // namespace anemone::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target guard

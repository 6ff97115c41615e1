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

// The first `count` floats of `from`, then `pad`.
HWY_INLINE Vector load_padded(const float* from, int64_t count, float pad) {
  float padded[kLanes] = {};
  std::fill_n(std::copy_n(from, count, padded), kLanes - count, pad);
  return hn::LoadU(Floats(), padded);
}

// out[i] = functor(tag, x[i]...), for i < count.
template <class Functor, typename... Inputs>
void map(const Functor& functor, int64_t count, float* out, const Inputs*... x) {
  const Floats d;
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) hn::StoreU(functor(d, hn::LoadU(d, x + i)...), d, out + i);
  if (i == count) return;
  float last[kLanes];
  hn::StoreU(functor(d, load_padded(x + i, count - i, 0.0F)...), d, last);
  std::copy_n(last, count - i, out + i);
}

}  // namespace anemone::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target guard

// SPDX-License-Identifier: Apache-2.0
#include "kernels/reduce/reduce.h"

#include <limits>

#include "kernels/blocks.h"
#include "kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce/reduce.cpp"
#include <hwy/foreach_target.h>  // compiles the vector part once per instruction set
#include <hwy/highway.h>

#include "kernels/elementwise/reduce-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anemone::kernels::HWY_NAMESPACE {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Squared {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x) const {
    return hn::Mul(x, x);
  }
};
struct Magnitude {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x) const {
    return hn::Abs(x);
  }
};
struct Smallest {  // NaN wins
  template <class D, class V>
  HWY_INLINE V operator()(D, V x, V y) const {
    return hn::IfThenElse(hn::IsNaN(x), x, hn::IfThenElse(hn::Lt(x, y), x, y));
  }
};

template <class Combine, class Transform>
struct Accumulate {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V sum, V x) const {
    return Combine()(d, sum, Transform()(d, x));
  }
};

// One row, or some columns of all rows of a block.
template <class Combine, class Transform>
void reduce_block(float start, int64_t axis, int64_t inner, int64_t columns, const float* x, float* out) {
  if (inner == 1) {
    *out = reduce(Combine(), Transform(), start, x, axis);
    return;
  }
  std::fill_n(out, columns, start);
  for (int64_t a = 0; a < axis; ++a) map(Accumulate<Combine, Transform>(), columns, out, out, x + a * inner);
}

}  // namespace

void reduce_one(Reduction kind, int64_t axis, int64_t inner, int64_t columns, const float* x, float* out) {
  switch (kind) {
    case Reduction::kSum:
      return reduce_block<Sum, Identity>(0.0F, axis, inner, columns, x, out);
    case Reduction::kSumOfSquares:
      return reduce_block<Sum, Squared>(0.0F, axis, inner, columns, x, out);
    case Reduction::kSumOfMagnitudes:
      return reduce_block<Sum, Magnitude>(0.0F, axis, inner, columns, x, out);
    case Reduction::kMax:
      return reduce_block<Largest, Identity>(-kInfinity, axis, inner, columns, x, out);
    case Reduction::kMin:
      return reduce_block<Smallest, Identity>(kInfinity, axis, inner, columns, x, out);
  }
}

}  // namespace anemone::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anemone::kernels {

HWY_EXPORT(reduce_one);

void reduce(int threads, Reduction kind, int64_t outer, int64_t axis, int64_t inner, const float* x, float* out) {
  const auto one = HWY_DYNAMIC_DISPATCH(reduce_one);
  for_each_block(threads, outer, axis, inner, [&](int64_t offset, int64_t columns) {
    one(kind, axis, inner, columns, x + offset, out + offset / (axis * inner) * inner + offset % inner);
  });
}

}  // namespace anemone::kernels
#endif

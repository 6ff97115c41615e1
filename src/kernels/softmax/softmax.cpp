// SPDX-License-Identifier: Apache-2.0
#include "kernels/softmax/softmax.h"

#include <limits>

#include "kernels/blocks.h"
#include "kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/softmax/softmax.cpp"
#include <hwy/foreach_target.h>  // compiles the vector part once per instruction set
#include <hwy/highway.h>

#include "kernels/elementwise/math-inl.h"
#include "kernels/elementwise/reduce-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anemone::kernels::HWY_NAMESPACE {
namespace {

struct ExpBelow {  // e^(x - largest)
  float largest;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return exp(d, hn::Sub(x, hn::Set(d, largest)));
  }
};
struct ExpBelowEach {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V largest) const {
    return exp(d, hn::Sub(x, largest));
  }
};
struct DivideBy {
  float divisor;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Div(x, hn::Set(d, divisor));
  }
};
struct Divide {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x, V y) const {
    return hn::Div(x, y);
  }
};

}  // namespace

void softmax_row(int64_t axis, const float* x, float* out) {
  const float largest = reduce(Largest(), Identity(), -std::numeric_limits<float>::infinity(), x, axis);
  map(ExpBelow{largest}, axis, out, x);
  map(DivideBy{reduce(Sum(), Identity(), 0.0F, out, axis)}, axis, out, out);
}

void softmax_columns(int64_t axis, int64_t inner, int64_t columns, const float* x, float* out) {
  float largest[kColumnBlock];
  float sum[kColumnBlock] = {};
  std::copy_n(x, columns, largest);
  for (int64_t a = 1; a < axis; ++a) map(Largest(), columns, largest, largest, x + a * inner);
  for (int64_t a = 0; a < axis; ++a) {
    map(ExpBelowEach(), columns, out + a * inner, x + a * inner, largest);
    map(Sum(), columns, sum, sum, out + a * inner);
  }
  for (int64_t a = 0; a < axis; ++a) map(Divide(), columns, out + a * inner, out + a * inner, sum);
}

}  // namespace anemone::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anemone::kernels {

HWY_EXPORT(softmax_row);
HWY_EXPORT(softmax_columns);

void softmax(int threads, int64_t outer, int64_t axis, int64_t inner, const float* x, float* out) {
  if (axis == 0) return;
  const auto row = HWY_DYNAMIC_DISPATCH(softmax_row);
  const auto block = HWY_DYNAMIC_DISPATCH(softmax_columns);
  for_each_block(threads, outer, axis, inner, [&](int64_t offset, int64_t columns) {
    if (inner == 1) {
      row(axis, x + offset, out + offset);
    } else {
      block(axis, inner, columns, x + offset, out + offset);
    }
  });
}

}  // namespace anemone::kernels
#endif

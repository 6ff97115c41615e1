// SPDX-License-Identifier: Apache-2.0
#include "kernels/norm/layer_norm.h"

#include <cmath>

#include "kernels/blocks.h"
#include "kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/norm/layer_norm.cpp"
#include <hwy/foreach_target.h>  // compiles the vector part once per instruction set
#include <hwy/highway.h>

#include "kernels/elementwise/reduce-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anemone::kernels::HWY_NAMESPACE {
namespace {

struct CentredSquare {  // (x - mean)²
  float mean;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V centred = hn::Sub(x, hn::Set(d, mean));
    return hn::Mul(centred, centred);
  }
};
struct AddCentredSquare {
  template <class D, class V>
  HWY_INLINE V operator()(D, V sum, V x, V mean) const {
    const V centred = hn::Sub(x, mean);
    return hn::Add(sum, hn::Mul(centred, centred));
  }
};
struct Normalize {
  float mean;
  float scale;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Mul(hn::Sub(x, hn::Set(d, mean)), hn::Set(d, scale));
  }
};
struct NormalizeEach {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x, V mean, V scale) const {
    return hn::Mul(hn::Sub(x, mean), scale);
  }
};
struct Times {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x, V y) const {
    return hn::Mul(x, y);
  }
};
struct TimesScalar {
  float factor;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Mul(x, hn::Set(d, factor));
  }
};
struct PlusScalar {
  float addend;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Add(x, hn::Set(d, addend));
  }
};
struct DivideBy {
  float divisor;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Div(x, hn::Set(d, divisor));
  }
};
struct Rsqrt {  // 1 / √(sum / count + epsilon)
  float count;
  float epsilon;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V sum) const {
    const V mean = hn::Div(sum, hn::Set(d, count));
    return hn::Div(hn::Set(d, 1.0F), hn::Sqrt(hn::Add(mean, hn::Set(d, epsilon))));
  }
};

// sum[j] = the rows' terms, in blocks of rows that are then added: the error grows with the square root of what one
// running sum would collect. add(a, partial) adds row a.
template <class AddRow>
void sum_rows(int64_t axis, int64_t columns, float* sum, const AddRow& add) {
  constexpr int64_t kRows = 32;
  float partial[kColumnBlock];
  for (int64_t begin = 0; begin < axis; begin += kRows) {
    std::fill_n(partial, columns, 0.0F);
    for (int64_t a = begin; a < std::min(axis, begin + kRows); ++a) add(a, partial);
    map(Sum(), columns, sum, sum, partial);
  }
}

}  // namespace

// With `centre` false the mean counts as 0, which is RMS norm.
void normalize_row(int64_t axis, bool centre, const float* x, const float* gamma, const float* beta, float epsilon,
                   float* out) {
  const float count = static_cast<float>(axis);
  const float mean = centre ? reduce(Sum(), Identity(), 0.0F, x, axis) / count : 0.0F;
  const float squares = reduce(Sum(), CentredSquare{mean}, mean, x, axis);
  map(Normalize{mean, 1.0F / std::sqrt(squares / count + epsilon)}, axis, out, x);
  if (gamma != nullptr) map(Times(), axis, out, out, gamma);
  if (beta != nullptr) map(Sum(), axis, out, out, beta);
}

void normalize_columns(int64_t axis, int64_t inner, int64_t columns, bool centre, const float* x, const float* gamma,
                       const float* beta, float epsilon, float* out) {
  const float count = static_cast<float>(axis);
  float mean[kColumnBlock] = {};
  float scale[kColumnBlock] = {};
  if (centre) {
    sum_rows(axis, columns, mean,
             [&](int64_t a, float* partial) { map(Sum(), columns, partial, partial, x + a * inner); });
    map(DivideBy{count}, columns, mean, mean);
  }
  sum_rows(axis, columns, scale,
           [&](int64_t a, float* partial) { map(AddCentredSquare(), columns, partial, partial, x + a * inner, mean); });
  map(Rsqrt{count, epsilon}, columns, scale, scale);
  for (int64_t a = 0; a < axis; ++a) {
    float* row = out + a * inner;
    map(NormalizeEach(), columns, row, x + a * inner, mean, scale);
    if (gamma != nullptr) map(TimesScalar{gamma[a]}, columns, row, row);
    if (beta != nullptr) map(PlusScalar{beta[a]}, columns, row, row);
  }
}

}  // namespace anemone::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anemone::kernels {
namespace {

HWY_EXPORT(normalize_row);
HWY_EXPORT(normalize_columns);

void normalize(int threads, int64_t outer, int64_t axis, int64_t inner, bool centre, const float* x, const float* gamma,
               const float* beta, float epsilon, float* out) {
  if (axis == 0) return;
  const auto row = HWY_DYNAMIC_DISPATCH(normalize_row);
  const auto block = HWY_DYNAMIC_DISPATCH(normalize_columns);
  for_each_block(threads, outer, axis, inner, [&](int64_t offset, int64_t columns) {
    if (inner == 1) {
      row(axis, centre, x + offset, gamma, beta, epsilon, out + offset);
    } else {
      block(axis, inner, columns, centre, x + offset, gamma, beta, epsilon, out + offset);
    }
  });
}

}  // namespace

void layer_norm(int threads, int64_t outer, int64_t axis, int64_t inner, const float* x, const float* gamma,
                const float* beta, float epsilon, float* out) {
  normalize(threads, outer, axis, inner, true, x, gamma, beta, epsilon, out);
}

void rms_norm(int threads, int64_t outer, int64_t axis, int64_t inner, const float* x, const float* gamma,
              float epsilon, float* out) {
  normalize(threads, outer, axis, inner, false, x, gamma, nullptr, epsilon, out);
}

}  // namespace anemone::kernels
#endif

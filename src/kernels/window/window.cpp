// SPDX-License-Identifier: Apache-2.0
#include "kernels/window/window.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "kernels/simd.h"
#include "kernels/window/plane.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/window/window.cpp"
#include <hwy/foreach_target.h>  // compiles the vector part once per instruction set
#include <hwy/highway.h>

#include "kernels/elementwise/reduce-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anemone::kernels::HWY_NAMESPACE {
namespace {

constexpr int64_t kBlock = 4;  // vectors at once

struct Weighted {
  const float* weights;
  Vector operator()(Vector sum, Vector x, int64_t tap) const {
    return hn::MulAdd(hn::Set(Floats(), weights[tap]), x, sum);
  }
};
struct Highest {
  Vector operator()(Vector best, Vector x, int64_t) const { return Largest()(Floats(), best, x); }
};
struct Added {
  Vector operator()(Vector sum, Vector x, int64_t) const { return hn::Add(sum, x); }
};
struct SquaresAdded {
  Vector operator()(Vector sum, Vector x, int64_t) const { return hn::MulAdd(x, x, sum); }
};

// One row of outputs.
template <class Combine>
void fold_row(const Combine& combine, float start, const float* const* sources, int64_t taps, int64_t count,
              float* out) {
  const Floats d;
  int64_t x = 0;
  for (; x + kBlock * kLanes <= count; x += kBlock * kLanes) {
    Vector sums[kBlock];
    for (Vector& sum : sums) sum = hn::Set(d, start);
    for (int64_t tap = 0; tap < taps; ++tap) {
      ANEMONE_UNROLL
      for (int64_t v = 0; v < kBlock; ++v) sums[v] = combine(sums[v], hn::LoadU(d, sources[tap] + x + v * kLanes), tap);
    }
    for (int64_t v = 0; v < kBlock; ++v) hn::StoreU(sums[v], d, out + x + v * kLanes);
  }
  for (; x < count; x += kLanes) {
    Vector sum = hn::Set(d, start);
    for (int64_t tap = 0; tap < taps; ++tap) sum = combine(sum, hn::LoadU(d, sources[tap] + x), tap);
    if (x + kLanes <= count) {
      hn::StoreU(sum, d, out + x);
      continue;
    }
    float last[kLanes];
    hn::StoreU(sum, d, last);
    std::copy_n(last, count - x, out + x);
  }
}

struct Squared {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x) const {
    return hn::Mul(x, x);
  }
};

}  // namespace

void weigh_row(float start, const float* weights, const float* const* sources, int64_t taps, int64_t count,
               float* out) {
  fold_row(Weighted{weights}, start, sources, taps, count, out);
}

void pool_row(Pool kind, const float* const* sources, int64_t taps, int64_t count, float* out) {
  switch (kind) {
    case Pool::kMax:
      return fold_row(Highest(), -std::numeric_limits<float>::infinity(), sources, taps, count, out);
    case Pool::kSum:
      return fold_row(Added(), 0.0F, sources, taps, count, out);
    case Pool::kSumOfSquares:
      return fold_row(SquaresAdded(), 0.0F, sources, taps, count, out);
  }
}

float pool_all(Pool kind, const float* x, int64_t count) {
  switch (kind) {
    case Pool::kMax:
      return reduce(Largest(), Identity(), -std::numeric_limits<float>::infinity(), x, count);
    case Pool::kSum:
      return reduce(Sum(), Identity(), 0.0F, x, count);
    default:
      return reduce(Sum(), Squared(), 0.0F, x, count);
  }
}

}  // namespace anemone::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anemone::kernels {
namespace {

HWY_EXPORT(weigh_row);
HWY_EXPORT(pool_row);
HWY_EXPORT(pool_all);

constexpr int64_t kSlack = 16;             // lanes of the widest vector
constexpr int64_t kMinimumWork = 1 << 16;  // taps that are worth waking a thread

int64_t taps_of(const PlaneWindows& windows) { return windows.height.kernel * windows.width.kernel; }
int64_t inputs_of(const PlaneWindows& windows) { return windows.height.in * windows.width.in; }
int64_t outputs_of(const PlaneWindows& windows) { return windows.height.out * windows.width.out; }

int64_t grain(const PlaneWindows& windows, int64_t per_plane) {
  const int64_t work = std::max<int64_t>(1, outputs_of(windows) * std::min<int64_t>(1 << 20, taps_of(windows)));
  return std::max<int64_t>(1, kMinimumWork / std::max<int64_t>(1, work * per_plane));
}

bool is_whole(const WindowShape& axis) {
  return axis.out == 1 && axis.before == 0 && axis.kernel == axis.in && axis.dilation == 1;
}

// Calls row(plane, output row, taps) for every row of outputs.
template <typename Row>
void for_each_row(int threads, const PlaneWindows& windows, int64_t planes, int64_t per_plane, float fill,
                  const float* x, const Row& row) {
  parallel_for(threads, planes, grain(windows, per_plane), [&](int64_t begin, int64_t end) {
    SortedPlane sorted(windows, fill, kSlack);
    std::vector<const float*> taps(static_cast<size_t>(taps_of(windows)));
    for (int64_t plane = begin; plane < end; ++plane) {
      sorted.load(x + plane * inputs_of(windows));
      for (int64_t y = 0; y < windows.height.out; ++y) {
        sorted.taps(y, taps.data());
        row(plane, y, taps.data());
      }
    }
  });
}

}  // namespace

void pool(int threads, Pool kind, const PlaneWindows& windows, int64_t planes, const float* x, float* out) {
  const int64_t width = windows.width.out;
  if (is_whole(windows.height) && is_whole(windows.width)) {
    const int64_t count = inputs_of(windows);
    return parallel_for(threads, planes, grain(windows, 1), [&](int64_t begin, int64_t end) {
      for (int64_t plane = begin; plane < end; ++plane)
        out[plane] = HWY_DYNAMIC_DISPATCH(pool_all)(kind, x + plane * count, count);
    });
  }
  const float fill = kind == Pool::kMax ? -std::numeric_limits<float>::infinity() : 0.0F;
  for_each_row(threads, windows, planes, 1, fill, x, [&](int64_t plane, int64_t y, const float* const* taps) {
    HWY_DYNAMIC_DISPATCH(pool_row)
    (kind, taps, taps_of(windows), width, out + plane * outputs_of(windows) + y * width);
  });
}

void depthwise_conv(int threads, const PlaneWindows& windows, int64_t batch, int64_t channels, int64_t multiplier,
                    const float* x, const float* weights, const float* bias, float* out) {
  const int64_t taps = taps_of(windows);
  const int64_t width = windows.width.out;
  for_each_row(threads, windows, batch * channels, multiplier, 0.0F, x,
               [&](int64_t plane, int64_t y, const float* const* sources) {
                 for (int64_t i = 0; i < multiplier; ++i) {
                   const int64_t channel = plane % channels * multiplier + i;
                   float* to = out + (plane * multiplier + i) * outputs_of(windows) + y * width;
                   HWY_DYNAMIC_DISPATCH(weigh_row)
                   (bias == nullptr ? 0.0F : bias[channel], weights + channel * taps, sources, taps, width, to);
                 }
               });
}

}  // namespace anemone::kernels
#endif

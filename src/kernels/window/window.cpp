// SPDX-License-Identifier: Apache-2.0
#include "kernels/window/window.h"

#include <algorithm>
#include <cstring>
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
  HWY_INLINE Vector operator()(Vector sum, Vector x, int64_t tap) const {
    return hn::MulAdd(hn::Set(Floats(), weights[tap]), x, sum);
  }
};
struct Highest {
  HWY_INLINE Vector operator()(Vector best, Vector x, int64_t) const { return Largest()(Floats(), best, x); }
};
struct Added {
  HWY_INLINE Vector operator()(Vector sum, Vector x, int64_t) const { return hn::Add(sum, x); }
};
struct SquaresAdded {
  HWY_INLINE Vector operator()(Vector sum, Vector x, int64_t) const { return hn::MulAdd(x, x, sum); }
};

// `count` outputs, rounded up to whole vectors: what lies behind may be read and written.
template <int64_t kVectors, class Combine>
HWY_INLINE void fold_block(const Combine& combine, float start, const float* x, const std::vector<int64_t>& offsets,
                           float* out) {
  const Floats d;
  Vector sums[kVectors];
  for (Vector& sum : sums) sum = hn::Set(d, start);
  const auto taps = static_cast<int64_t>(offsets.size());
  for (int64_t tap = 0; tap < taps; ++tap) {
    const float* from = x + offsets[static_cast<size_t>(tap)];
    ANEMONE_UNROLL
    for (int64_t v = 0; v < kVectors; ++v) sums[v] = combine(sums[v], hn::LoadU(d, from + v * kLanes), tap);
  }
  ANEMONE_UNROLL
  for (int64_t v = 0; v < kVectors; ++v) hn::StoreU(sums[v], d, out + v * kLanes);
}

template <class Combine>
void fold(const Combine& combine, float start, const float* x, const std::vector<int64_t>& offsets, int64_t count,
          float* out) {
  int64_t i = 0;
  for (; i + kBlock * kLanes <= count; i += kBlock * kLanes)
    fold_block<kBlock>(combine, start, x + i, offsets, out + i);
  for (; i < count; i += kLanes) fold_block<1>(combine, start, x + i, offsets, out + i);
}

struct Squared {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x) const {
    return hn::Mul(x, x);
  }
};

}  // namespace

void weigh(float start, const float* weights, const float* x, const std::vector<int64_t>& offsets, int64_t count,
           float* out) {
  fold(Weighted{weights}, start, x, offsets, count, out);
}

void pool_runs(Pool kind, const float* x, const std::vector<int64_t>& offsets, int64_t count, float* out) {
  switch (kind) {
    case Pool::kMax:
      return fold(Highest(), -std::numeric_limits<float>::infinity(), x, offsets, count, out);
    case Pool::kSum:
      return fold(Added(), 0.0F, x, offsets, count, out);
    case Pool::kSumOfSquares:
      return fold(SquaresAdded(), 0.0F, x, offsets, count, out);
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

// Rows are short, so four lanes go on where whole vectors end.
using Few = hn::CappedTag<float, 4>;
constexpr int64_t kFew = hn::MaxLanes(Few());

HWY_INLINE void copy_floats(const float* from, int64_t count, float* to) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) hn::StoreU(hn::LoadU(Floats(), from + i), Floats(), to + i);
  for (; i + kFew <= count; i += kFew) hn::StoreU(hn::LoadU(Few(), from + i), Few(), to + i);
  for (; i < count; ++i) to[i] = from[i];
}

// From element `begin` on; gives the first element that is left.
template <class D>
HWY_INLINE int64_t unzip_vectors(D d, const float* from, int64_t begin, int64_t count, float* even, float* odd) {
  const auto lanes = static_cast<int64_t>(hn::MaxLanes(d));
  int64_t i = begin;
  for (; i + 2 * lanes <= count; i += 2 * lanes) {
    hn::VFromD<D> a, b;
    hn::LoadInterleaved2(d, from + i, a, b);
    hn::StoreU(a, d, even + i / 2);
    hn::StoreU(b, d, odd + i / 2);
  }
  return i;
}

// Every second element of `from` to `even`, the others to `odd`.
HWY_INLINE void unzip(const float* from, int64_t count, float* even, float* odd) {
  int64_t i = unzip_vectors(Floats(), from, 0, count, even, odd);
  i = unzip_vectors(Few(), from, i, count, even, odd);
  for (; i < count; ++i) (i % 2 == 0 ? even : odd)[i / 2] = from[i];
}

// The first position of an axis whose padded position has this remainder.
inline int64_t first_of(const WindowShape& axis, int64_t remainder) {
  const int64_t first = (remainder - axis.before) % axis.stride;
  return first < 0 ? first + axis.stride : first;
}

// One row of the input, its columns to the runs of their remainders, `apart` floats apart. What no window sees is left
// out.
HWY_INLINE void sort_row(const WindowShape& axis, int64_t pitch, int64_t apart, const float* from, float* to) {
  const int64_t seen = std::min(axis.in, pitch * axis.stride - axis.before);
  if (seen <= 0) return;
  const auto place = [&](int64_t column) {
    const int64_t padded = column + axis.before;
    return to + padded % axis.stride * apart + padded / axis.stride;
  };
  if (axis.stride == 1) {
    copy_floats(from, seen, place(0));
  } else if (axis.stride == 2 && seen > 1) {
    unzip(from, seen, place(0), place(1));
  } else {
    for (int64_t remainder = 0; remainder < axis.stride; ++remainder) {
      int64_t column = first_of(axis, remainder);
      if (column >= seen) continue;
      for (float* run = place(column); column < seen; column += axis.stride) *run++ = from[column];
    }
  }
}

void sort_plane(const PlaneWindows& windows, const SortedPlane& layout, const float* plane, float* to) {
  const WindowShape& h = windows.height;
  const int64_t apart = layout.rows * layout.pitch;
  const int64_t seen = std::min(h.in, layout.rows * h.stride - h.before);
  for (int64_t row = 0; row < seen; ++row) {
    const int64_t padded = row + h.before;
    float* run = to + padded % h.stride * windows.width.stride * apart + padded / h.stride * layout.pitch;
    sort_row(windows.width, layout.pitch, apart, plane + row * windows.width.in, run);
  }
}

// The outputs of a plane without what lies between its rows.
void copy_rows(const PlaneWindows& windows, int64_t pitch, const Divisors* divisors, const float* from, float* to) {
  const int64_t width = windows.width.out;
  for (int64_t y = 0; y < windows.height.out; ++y, from += pitch, to += width) {
    if (divisors == nullptr) {
      copy_floats(from, width, to);
      continue;
    }
    for (int64_t x = 0; x < width; ++x) to[x] = from[x] / (divisors->rows[y] * divisors->columns[x]);
  }
}

}  // namespace anemone::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anemone::kernels {
namespace {

HWY_EXPORT(weigh);
HWY_EXPORT(pool_runs);
HWY_EXPORT(pool_all);
HWY_EXPORT(sort_plane);
HWY_EXPORT(copy_rows);

constexpr int64_t kSlack = 16;             // lanes of the widest vector
constexpr int64_t kMinimumWork = 1 << 16;  // taps that are worth waking a thread
constexpr int64_t kPieces = 16;            // each lays out memory of its own

int64_t taps_of(const PlaneWindows& windows) { return windows.height.kernel * windows.width.kernel; }
int64_t inputs_of(const PlaneWindows& windows) { return windows.height.in * windows.width.in; }
int64_t outputs_of(const PlaneWindows& windows) { return windows.height.out * windows.width.out; }

int64_t grain(const PlaneWindows& windows, int64_t planes, int64_t per_plane) {
  const int64_t work = std::max<int64_t>(1, outputs_of(windows) * std::min<int64_t>(1 << 20, taps_of(windows)));
  const int64_t enough = kMinimumWork / std::max<int64_t>(1, work * per_plane);
  return std::max({int64_t{1}, enough, (planes + kPieces - 1) / kPieces});
}

bool is_whole(const WindowShape& axis) {
  return axis.out == 1 && axis.before == 0 && axis.kernel == axis.in && axis.dilation == 1;
}

// Calls work(plane, its layout, room for its outputs) for every plane.
template <typename Work>
void for_each_plane(int threads, const PlaneWindows& windows, const SortedPlane& layout, int64_t planes,
                    int64_t per_plane, float fill, const float* x, const Work& work) {
  parallel_for(threads, planes, grain(windows, planes, per_plane), [&](int64_t begin, int64_t end) {
    std::vector<float> sorted(static_cast<size_t>(layout.size + kSlack), fill);
    std::vector<float> made(static_cast<size_t>(layout.outputs + kSlack));
    for (int64_t plane = begin; plane < end; ++plane) {
      HWY_DYNAMIC_DISPATCH(sort_plane)(windows, layout, x + plane * inputs_of(windows), sorted.data());
      work(plane, sorted.data(), made.data());
    }
  });
}

void pool_whole(int threads, Pool kind, const PlaneWindows& windows, int64_t planes, const float* x,
                const Divisors* divisors, float* out) {
  const int64_t count = inputs_of(windows);
  parallel_for(threads, planes, grain(windows, planes, 1), [&](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; ++plane) {
      out[plane] = HWY_DYNAMIC_DISPATCH(pool_all)(kind, x + plane * count, count);
      if (divisors != nullptr) out[plane] /= divisors->rows[0] * divisors->columns[0];
    }
  });
}

}  // namespace

SortedPlane::SortedPlane(const PlaneWindows& windows) {
  const auto& [h, w] = windows;
  pitch = w.out + (w.kernel - 1) * w.dilation / w.stride;
  rows = h.out + (h.kernel - 1) * h.dilation / h.stride;
  size = rows * pitch * h.stride * w.stride;
  outputs = (h.out - 1) * pitch + w.out;
  for (int64_t i = 0; i < h.kernel; ++i) {
    const int64_t row = i * h.dilation;
    for (int64_t j = 0; j < w.kernel; ++j) {
      const int64_t column = j * w.dilation;
      const int64_t run = row % h.stride * w.stride + column % w.stride;
      offsets.push_back((run * rows + row / h.stride) * pitch + column / w.stride);
    }
  }
}

void pool(int threads, Pool kind, const PlaneWindows& windows, int64_t planes, const float* x, const Divisors* divisors,
          float* out) {
  if (is_whole(windows.height) && is_whole(windows.width))
    return pool_whole(threads, kind, windows, planes, x, divisors, out);
  const SortedPlane layout(windows);
  const float fill = kind == Pool::kMax ? -std::numeric_limits<float>::infinity() : 0.0F;
  for_each_plane(threads, windows, layout, planes, 1, fill, x, [&](int64_t plane, const float* sorted, float* made) {
    HWY_DYNAMIC_DISPATCH(pool_runs)(kind, sorted, layout.offsets, layout.outputs, made);
    HWY_DYNAMIC_DISPATCH(copy_rows)
    (windows, layout.pitch, divisors, made, out + plane * outputs_of(windows));
  });
}

void depthwise_conv(int threads, const PlaneWindows& windows, int64_t batch, int64_t channels, int64_t multiplier,
                    const float* x, const float* weights, const float* bias, float* out) {
  const SortedPlane layout(windows);
  const int64_t taps = taps_of(windows);
  for_each_plane(threads, windows, layout, batch * channels, multiplier, 0.0F, x,
                 [&](int64_t plane, const float* sorted, float* made) {
                   for (int64_t i = 0; i < multiplier; ++i) {
                     const int64_t channel = plane % channels * multiplier + i;
                     HWY_DYNAMIC_DISPATCH(weigh)
                     (bias == nullptr ? 0.0F : bias[channel], weights + channel * taps, sorted, layout.offsets,
                      layout.outputs, made);
                     HWY_DYNAMIC_DISPATCH(copy_rows)
                     (windows, layout.pitch, nullptr, made, out + (plane * multiplier + i) * outputs_of(windows));
                   }
                 });
}

}  // namespace anemone::kernels
#endif

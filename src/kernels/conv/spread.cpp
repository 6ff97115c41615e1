// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/spread.h"

#include <algorithm>

#include "base/parallel.h"

namespace anemone::kernels {
namespace {

// The inputs [first, end) of an axis that reach an output under this tap, and the output of input 0.
struct Reach {
  int64_t first, end, offset;

  Reach(const WindowShape& axis, int64_t tap) : offset(tap * axis.dilation - axis.before) {
    first = offset >= 0 ? 0 : (-offset + axis.stride - 1) / axis.stride;
    const int64_t room = axis.out - 1 - offset;
    end = room < 0 ? 0 : std::min(axis.in, room / axis.stride + 1);
  }
};

void add_row(const WindowShape& axis, const Reach& reach, const float* from, float* to) {
  if (axis.stride == 1) {
    for (int64_t i = reach.first; i < reach.end; ++i) to[i + reach.offset] += from[i];
    return;
  }
  for (int64_t i = reach.first; i < reach.end; ++i) to[i * axis.stride + reach.offset] += from[i];
}

void spread_tap(const SpreadAxes& axes, const std::array<int64_t, 3>& tap, const float* from, float* to) {
  const auto& [depth, height, width] = axes;
  const Reach z(depth, tap[0]), y(height, tap[1]), x(width, tap[2]);
  for (int64_t i = z.first; i < z.end; ++i) {
    float* plane = to + (i * depth.stride + z.offset) * height.out * width.out;
    for (int64_t j = y.first; j < y.end; ++j)
      add_row(width, x, from + (i * height.in + j) * width.in, plane + (j * height.stride + y.offset) * width.out);
  }
}

}  // namespace

void spread(int threads, const SpreadAxes& axes, int64_t channels, const float* products, const float* bias,
            float* out) {
  const WindowShape& depth = axes[0];  // by name: older clang captures no structured binding
  const WindowShape& height = axes[1];
  const WindowShape& width = axes[2];
  const int64_t inputs = depth.in * height.in * width.in;
  const int64_t outputs = depth.out * height.out * width.out;
  const int64_t taps = depth.kernel * height.kernel * width.kernel;
  parallel_for(threads, channels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t channel = begin; channel < end; ++channel) {
      float* to = out + channel * outputs;
      std::fill_n(to, outputs, bias == nullptr ? 0.0F : bias[channel]);
      for (int64_t tap = 0; tap < taps; ++tap)
        spread_tap(axes, {tap / (height.kernel * width.kernel), tap / width.kernel % height.kernel, tap % width.kernel},
                   products + (channel * taps + tap) * inputs, to);
    }
  });
}

}  // namespace anemone::kernels

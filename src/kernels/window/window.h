// SPDX-License-Identifier: Apache-2.0
// Windows that slide over planes (height, width) of float32: depthwise convolution and pooling. An output is combined
// over kernel rows, then kernel columns, in rising order; a window that is a whole plane, in the order of reduce-inl.h.
// Bits do not depend on threads or on the number of planes.
#pragma once

#include <cstdint>

namespace anemone::kernels {

// One axis; positions in the padding count as they do for the operation.
struct WindowShape {
  int64_t in = 1;
  int64_t out = 1;
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t before = 0;  // padding in front
};

struct PlaneWindows {
  WindowShape height;
  WindowShape width;
};

enum class Pool { kMax, kSum, kSumOfSquares };

// A sum is divided by rows[y] · columns[x] of its output.
struct Divisors {
  const float* rows;
  const float* columns;
};

// out[plane] = combination of each window of x[plane]; padding is ignored. NaN wins a maximum. `divisors` may be null.
void pool(int threads, Pool kind, const PlaneWindows& windows, int64_t planes, const float* x, const Divisors* divisors,
          float* out);

// x is (batch, channels, height, width); each channel gives `multiplier` output channels. `weights` is (channels ·
// multiplier, kernel height, kernel width), `bias` has as many elements as there are output channels, or is null.
void depthwise_conv(int threads, const PlaneWindows& windows, int64_t batch, int64_t channels, int64_t multiplier,
                    const float* x, const float* weights, const float* bias, float* out);

}  // namespace anemone::kernels

// SPDX-License-Identifier: Apache-2.0
// The loops of conv and conv_transpose: the input's elements under the windows are gathered into columns, a block of
// output positions at a time, and multiplied by the weight. An output is summed in the order of gemm.h over (input
// channel, tap).
#pragma once

#include "ops/shared/gemm.h"
#include "ops/shared/window.h"

namespace anemone {

struct Convolution {
  Windows windows;
  int64_t batch, groups;
  int64_t in_channels, out_channels;                 // of one group
  std::vector<int64_t> weight_rows, weight_columns;  // offsets of output channels, of (input channel, tap)
};

// x is [batch, groups * in_channels, inputs], y likewise with outputs; `bias` may be null. For `ane` see gemm.h.
void convolve(const Convolution& shape, const Tensor& x, const Tensor& weight, const Tensor* bias, Tensor& y,
              int threads, std::optional<AneSums> ane = std::nullopt);

// What both ops check: ranks, group counts and the bias; returns the number of spatial axes.
size_t checked_spatial(const Arguments& args, const Dim& out_channels, int64_t groups);

}  // namespace anemone

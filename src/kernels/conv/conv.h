// SPDX-License-Identifier: Apache-2.0
// 2-D convolution of float32 data (B, C, H, W), also the 1x1 form on (B, C, 1, S) that stands for a linear layer. Built
// on the tile of gemm/, so the sums have its order: k runs over (input channel of the group, kernel row, kernel
// column); a tap in the padding counts as a zero. Bits do not depend on batch, threads or the spatial size, and a 1x1
// convolution has the bits of gemm on the same weights.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/elementwise/activation.h"
#include "kernels/gemm/packed_matrix.h"

namespace anemone::kernels {

struct ConvGeometry {
  int64_t in_channels = 1;
  int64_t out_channels = 1;
  int64_t groups = 1;
  int64_t kernel_height = 1;
  int64_t kernel_width = 1;
  int64_t stride_height = 1;
  int64_t stride_width = 1;
  int64_t dilation_height = 1;
  int64_t dilation_width = 1;
  int64_t pad_top = 0;
  int64_t pad_bottom = 0;
  int64_t pad_left = 0;
  int64_t pad_right = 0;

  int64_t out_height(int64_t height) const;
  int64_t out_width(int64_t width) const;
};

// The weights, packed once. Immutable, so one may serve several threads.
class ConvPlan {
 public:
  // `weights` is (out_channels, in_channels / groups, kernel_height, kernel_width), dense. Throws Error when the
  // geometry makes no sense.
  ConvPlan(int threads, const ConvGeometry& geometry, const float* weights);

  // x is (batch, in_channels, height, width), out (batch, out_channels, out_height, out_width); `bias` has out_channels
  // elements or is null. Throws Error when the kernel does not fit into the padded image.
  void run(int threads, int64_t batch, int64_t height, int64_t width, const float* x, const float* bias,
           Activation activation, float* out) const;
  // The same with the padding of `geometry`, which is otherwise the plan's.
  void run(int threads, const ConvGeometry& geometry, int64_t batch, int64_t height, int64_t width, const float* x,
           const float* bias, Activation activation, float* out) const;

  const ConvGeometry& geometry() const { return geometry_; }

 private:
  struct Image;  // sizes of one run
  void run_block(const Image& image, int64_t item, int64_t group, int64_t row, int64_t rows, int64_t column) const;
  void run_narrow(const Image& image, int64_t item, int64_t group, int64_t row) const;

  ConvGeometry geometry_;
  std::vector<PackedMatrix> weights_;  // one per group
};

}  // namespace anemone::kernels

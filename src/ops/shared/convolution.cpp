// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/convolution.h"

#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/shared/gemm.h"

namespace anemone {
namespace {

constexpr int64_t kBlockElements = int64_t{1} << 20;  // of gathered columns: 4 MiB

int64_t block_size(int64_t depth) { return std::clamp<int64_t>(kBlockElements / std::max<int64_t>(depth, 1), 8, 1024); }

// Row (tap of one channel) of the columns for outputs [begin, end).
void gather_row(const float* channel, const Windows& windows, const std::array<int64_t, 3>& tap, int64_t begin,
                int64_t end, float* to) {
  const auto& [depth, height, width] = windows.axes;
  std::array<int64_t, 3> at = {begin / (height.out * width.out), begin / width.out % height.out, begin % width.out};
  for (int64_t o = begin; o < end;) {
    const int64_t z = depth.source(at[0], tap[0]);
    const int64_t y = height.source(at[1], tap[1]);
    const float* line = z < 0 || y < 0 ? nullptr : channel + (z * height.in + y) * width.in;
    for (; at[2] < width.out && o < end; ++at[2], ++o) {
      const int64_t x = width.source(at[2], tap[2]);
      *to++ = line == nullptr || x < 0 ? 0 : line[x];
    }
    at[2] = 0;
    if (++at[1] == height.out) {
      at[1] = 0;
      ++at[0];
    }
  }
}

void gather_columns(const float* x, const Convolution& shape, int64_t begin, int64_t end, float* columns) {
  const auto& axes = shape.windows.axes;
  for (int64_t channel = 0; channel < shape.in_channels; ++channel) {
    const float* plane = x + channel * shape.windows.inputs();
    for (int64_t i = 0; i < axes[0].kernel; ++i) {
      for (int64_t j = 0; j < axes[1].kernel; ++j) {
        for (int64_t k = 0; k < axes[2].kernel; ++k, columns += end - begin) {
          gather_row(plane, shape.windows, {i, j, k}, begin, end, columns);
        }
      }
    }
  }
}

}  // namespace

void convolve(const Convolution& shape, const Tensor& x, const Tensor& weight, const Tensor* bias, Tensor& y,
              int threads, std::optional<AneSums> ane) {
  const auto depth = static_cast<int64_t>(shape.weight_columns.size());
  const int64_t outputs = shape.windows.outputs();
  const int64_t block = block_size(depth);
  const int64_t blocks = outputs == 0 ? 0 : (outputs - 1) / block + 1;
  const auto out_rows = strided_offsets(shape.out_channels, outputs);
  const int64_t weight_step = weight.size() / shape.groups;
  parallel_for(threads, shape.batch * shape.groups * blocks, 1, [&](int64_t first, int64_t last) {
    std::vector<float> columns(static_cast<size_t>(depth * block));
    for (int64_t item = first; item < last; ++item) {
      const int64_t group = item / blocks;  // counted over the batch
      const int64_t begin = item % blocks * block;
      const int64_t end = std::min(outputs, begin + block);
      gather_columns(x.as<float>().data() + group * shape.in_channels * shape.windows.inputs(), shape, begin, end,
                     columns.data());
      const auto rows = strided_offsets(depth, end - begin);
      const auto positions = strided_offsets(end - begin, 1);
      float* to = y.as<float>().data() + group * shape.out_channels * outputs + begin;
      std::optional<AneSums> sums = ane;
      if (sums && bias != nullptr)
        sums->bias_of_row = bias->as<float>().data() + group % shape.groups * shape.out_channels;
      multiply<float>(
          {weight.as<float>().data() + group % shape.groups * weight_step, shape.weight_rows, shape.weight_columns},
          {columns.data(), rows, positions}, {to, out_rows, positions}, 1, sums);
    }
  });
  if (bias == nullptr || ane) return;
  const auto add = bias->as<float>();
  float* to = y.as<float>().data();
  for (int64_t row = 0; row < shape.batch * shape.groups * shape.out_channels; ++row) {
    const float value = add[static_cast<size_t>(row) % add.size()];
    for (int64_t i = 0; i < outputs; ++i) *to++ += value;
  }
}

size_t checked_spatial(const Arguments& args, const Dim& out_channels, int64_t groups) {
  const Type& x = args.type("x");
  const Type& weight = args.type("weight");
  if (x.rank() < 3 || x.rank() > 5) fail("x has rank {}, expected 3 to 5", x.rank());
  if (weight.rank() != x.rank()) fail("weight has rank {}, expected {}", weight.rank(), x.rank());
  if (groups < 1) fail("groups is {}", groups);
  if (args.has("bias") && args.type("bias").ranked) {
    const Type& bias = args.type("bias");
    if (bias.rank() != 1) fail("bias has rank {}, expected 1", bias.rank());
    if (provably_different(bias.shape[0], out_channels)) {
      fail("bias has {} elements for {} output channels", bias.shape[0].str(), out_channels.str());
    }
  }
  return x.shape.size() - 2;
}

}  // namespace anemone

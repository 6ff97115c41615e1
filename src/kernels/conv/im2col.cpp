// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/im2col.h"

#include <algorithm>

namespace anemone::kernels {
namespace {

int64_t divide_up(int64_t numerator, int64_t denominator) {  // for any numerator
  return numerator > 0 ? (numerator + denominator - 1) / denominator : 0;
}

// to[i] = row[first + i · stride], zero outside [0, width), for i < count.
void copy_strided(const float* row, int64_t width, int64_t first, int64_t stride, int64_t count, float* to) {
  const int64_t begin = std::min(count, divide_up(-first, stride));
  const int64_t end = std::clamp(divide_up(width - first, stride), begin, count);
  std::fill_n(to, begin, 0.0F);
  if (stride == 1) {
    std::copy_n(row + first + begin, end - begin, to + begin);
  } else {
    for (int64_t i = begin; i < end; ++i) to[i] = row[first + i * stride];
  }
  std::fill_n(to + end, count - end, 0.0F);
}

}  // namespace

void im2col_panel(const ConvGeometry& geometry, int64_t height, int64_t width, const float* x, int64_t k0,
                  int64_t depth, int64_t column, int64_t columns, float* panel) {
  const int64_t out_width = geometry.out_width(width);
  const int64_t taps = geometry.kernel_height * geometry.kernel_width;
  for (int64_t k = k0; k < k0 + depth; ++k, panel += kPanel) {
    const float* plane = x + k / taps * height * width;
    const int64_t dy = k % taps / geometry.kernel_width * geometry.dilation_height - geometry.pad_top;
    const int64_t dx = k % geometry.kernel_width * geometry.dilation_width - geometry.pad_left;
    for (int64_t done = 0; done < columns;) {  // a run of positions in one output row
      const int64_t out_y = (column + done) / out_width;
      const int64_t out_x = (column + done) % out_width;
      const int64_t run = std::min(columns - done, out_width - out_x);
      const int64_t y = out_y * geometry.stride_height + dy;
      if (y < 0 || y >= height) {
        std::fill_n(panel + done, run, 0.0F);
      } else {
        copy_strided(plane + y * width, width, out_x * geometry.stride_width + dx, geometry.stride_width, run,
                     panel + done);
      }
      done += run;
    }
    std::fill_n(panel + columns, kPanel - columns, 0.0F);
  }
}

}  // namespace anemone::kernels

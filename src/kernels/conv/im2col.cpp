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
  if (stride == 1 && first >= 0 && first + count <= width) {
    std::copy_n(row + first, count, to);
    return;
  }
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

// A position in a row-major grid, moved without divisions.
struct Walker {
  int64_t row;
  int64_t column;
  int64_t columns;
  Walker(int64_t index, int64_t count) : row(index / count), column(index % count), columns(count) {}
  void advance(int64_t steps) {  // at most to the start of the next row
    column += steps;
    if (column == columns) column = 0, ++row;
  }
};

}  // namespace

void im2col_panel(const ConvGeometry& geometry, int64_t height, int64_t width, const float* x, int64_t k0,
                  int64_t depth, int64_t column, int64_t columns, float* panel) {
  const int64_t taps = geometry.kernel_height * geometry.kernel_width;
  const Walker start(column, geometry.out_width(width));
  const float* plane = x + k0 / taps * height * width;
  Walker tap(k0 % taps, geometry.kernel_width);
  for (int64_t k = 0; k < depth; ++k, panel += kPanel) {
    const int64_t dy = tap.row * geometry.dilation_height - geometry.pad_top;
    const int64_t dx = tap.column * geometry.dilation_width - geometry.pad_left;
    Walker position = start;
    for (int64_t done = 0; done < columns;) {  // a run of positions in one output row
      const int64_t run = std::min(columns - done, position.columns - position.column);
      const int64_t y = position.row * geometry.stride_height + dy;
      if (y < 0 || y >= height) {
        std::fill_n(panel + done, run, 0.0F);
      } else {
        copy_strided(plane + y * width, width, position.column * geometry.stride_width + dx, geometry.stride_width, run,
                     panel + done);
      }
      position.advance(run);
      done += run;
    }
    std::fill_n(panel + columns, kPanel - columns, 0.0F);
    tap.advance(1);
    if (tap.row == geometry.kernel_height) tap.row = 0, plane += height * width;
  }
}

}  // namespace anemone::kernels

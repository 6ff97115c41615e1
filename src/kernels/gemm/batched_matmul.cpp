// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/parallel.h"
#include "kernels/gemm/block.h"
#include "kernels/gemm/gemm.h"

namespace anemone::kernels {
namespace {

constexpr int64_t kRowsAtOnce = 240;
constexpr int64_t kColumnsAtOnce = 16 * kPanel;
constexpr int64_t kMinimumWork = 1 << 18;
// y is read in place when it has few enough readers to make a copy dear, or rows so near that a copy gains nothing.
constexpr int64_t kDirectRows = 4;
constexpr int64_t kDirectStride = 192;

struct Item {
  const float* x;
  const float* y;
  float* out;
};

Item item_at(const MatmulShape& shape, int64_t index, Item item) {
  for (size_t axis = shape.batch.size(); axis-- > 0;) {
    const BatchAxis& batch = shape.batch[axis];
    const int64_t position = index % batch.size;
    index /= batch.size;
    item.x += position * batch.x_stride;
    item.y += position * batch.y_stride;
    item.out += position * batch.out_stride;
  }
  return item;
}

// Columns [column, ...) of y from k0 on, copied to `scratch` unless they can be read where they are.
RightPanel right_panel(const Tile& kernel, const MatmulShape& shape, const float* y, int64_t m, int64_t column,
                       int64_t k0, int64_t depth, PanelScratch& scratch) {
  const int64_t columns = std::min(kPanel, shape.n - column);
  const float* from = shape.transpose_y ? y + column * shape.y_stride + k0 : y + k0 * shape.y_stride + column;
  if (!shape.transpose_y && columns == kPanel && (m <= kDirectRows || shape.y_stride <= kDirectStride))
    return {from, shape.y_stride};
  if (columns < kPanel) std::fill_n(scratch.data(), depth * kPanel, 0.0F);
  if (shape.transpose_y) {
    kernel.transpose(columns, depth, from, shape.y_stride, scratch.data(), kPanel);
  } else {
    for (int64_t k = 0; k < depth; ++k) std::copy_n(from + k * shape.y_stride, columns, scratch.data() + k * kPanel);
  }
  return {scratch.data(), kPanel};
}

// Rows [row, row + rows) by columns [column, column + columns) of one item.
void multiply_piece(const Tile& kernel, const MatmulShape& shape, const Item& item, int64_t row, int64_t rows,
                    int64_t column, int64_t columns) {
  const float* x = item.x + row * (shape.transpose_x ? 1 : shape.x_stride);
  FloatBuffer packed;
  LeftRows left{x, 1, 0, shape.transpose_x ? shape.x_stride : 1};
  if (rows > 1) {
    packed = make_buffer(packed_rows_size(kernel, rows, shape.k));
    left = shape.transpose_x ? pack_rows(kernel, rows, shape.k, x, 1, shape.x_stride, packed.get())
                             : pack_rows(kernel, rows, shape.k, x, shape.x_stride, 1, packed.get());
  }
  alignas(64) PanelScratch scratch;
  multiply_block(
      kernel, rows, columns, shape.k, left,
      [&](int64_t p, int64_t k0, int64_t depth) {
        return right_panel(kernel, shape, item.y, rows, column + p * kPanel, k0, depth, scratch);
      },
      item.out + row * shape.out_stride + column, shape.out_stride);
}

}  // namespace

void batched_matmul(int threads, const MatmulShape& shape, const float* x, const float* y, float* out) {
  int64_t items = 1;
  for (const BatchAxis& axis : shape.batch) items *= axis.size;
  if (items == 0 || shape.m == 0 || shape.n == 0) return;
  const Tile kernel = tile();
  const int64_t row_pieces = (shape.m + kRowsAtOnce - 1) / kRowsAtOnce;
  const int64_t column_pieces = (shape.n + kColumnsAtOnce - 1) / kColumnsAtOnce;
  const int64_t work =
      std::min(shape.m, kRowsAtOnce) * std::min(shape.n, kColumnsAtOnce) * std::max<int64_t>(1, shape.k);
  const int64_t grain = std::max<int64_t>(1, kMinimumWork / work);
  parallel_for(threads, items * row_pieces * column_pieces, grain, [&](int64_t begin, int64_t end) {
    for (int64_t piece = begin; piece < end; ++piece) {
      const int64_t row = piece / column_pieces % row_pieces * kRowsAtOnce;
      const int64_t column = piece % column_pieces * kColumnsAtOnce;
      const Item item = item_at(shape, piece / column_pieces / row_pieces, {x, y, out});
      multiply_piece(kernel, shape, item, row, std::min(kRowsAtOnce, shape.m - row), column,
                     std::min(kColumnsAtOnce, shape.n - column));
    }
  });
}

}  // namespace anemone::kernels

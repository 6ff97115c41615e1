// SPDX-License-Identifier: Apache-2.0
// A block of rows × columns of a product, computed by one thread: the loops around the tile.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "kernels/buffer.h"
#include "kernels/gemm/tile.h"

namespace anemone::kernels {

// Rows of the left factor, `rows` per tile, k-major: tile t starts at data + t · tile_stride and element (k, i) of it
// is at k · k_stride + i.
struct LeftRows {
  const float* data;
  int64_t tile_stride;
  int64_t k_stride;
};

// kPanel columns of the right factor from some k on: element (k, j) is at k · k_stride + j.
struct RightPanel {
  const float* data;
  int64_t k_stride;
};

using PanelScratch = std::array<float, static_cast<size_t>(kDepthBlock* kPanel)>;

// Packs rows [0, m) of x (element (i, k) at i · row_stride + k · k_stride; one of the strides is 1).
inline LeftRows pack_rows(const Tile& tile, int64_t m, int64_t k, const float* x, int64_t row_stride, int64_t k_stride,
                          float* to) {
  for (int64_t i = 0, t = 0; i < m; i += tile.rows, ++t) {
    float* packed = to + t * k * tile.rows;
    const int64_t rows = std::min<int64_t>(tile.rows, m - i);
    if (k_stride == 1) {
      tile.transpose(rows, k, x + i * row_stride, row_stride, packed, tile.rows);
    } else {
      for (int64_t c = 0; c < k; ++c) std::copy_n(x + c * k_stride + i * row_stride, rows, packed + c * tile.rows);
    }
  }
  return {to, k * tile.rows, tile.rows};
}

// Floats that pack_rows needs.
inline int64_t packed_rows_size(const Tile& tile, int64_t m, int64_t k) {
  return (m + tile.rows - 1) / tile.rows * tile.rows * k;
}

// out[i][j] for i < m, j < n. `panel_at(p, k0, depth)` gives the RightPanel of columns [p · kPanel, ...) and k in
// [k0, k0 + depth); all kPanel columns of it must be readable.
template <typename PanelAt>
void multiply_block(const Tile& tile, int64_t m, int64_t n, int64_t k, const LeftRows& left, const PanelAt& panel_at,
                    float* out, int64_t out_stride) {
  std::array<float, static_cast<size_t>(kMaxTileRows * kPanel)> edge;
  for (int64_t j = 0; j < n; j += kPanel) {
    const int64_t columns = std::min(kPanel, n - j);
    for (int64_t k0 = 0; k0 < std::max<int64_t>(k, 1); k0 += kDepthBlock) {
      const int64_t depth = std::min(kDepthBlock, k - k0);
      const RightPanel panel = panel_at(j / kPanel, k0, depth);
      const float* a = left.data + k0 * left.k_stride;
      for (int64_t i = 0; i < m; i += tile.rows, a += left.tile_stride) {
        const int rows = static_cast<int>(std::min<int64_t>(tile.rows, m - i));
        float* c = out + i * out_stride + j;
        if (columns == kPanel) {
          tile.multiply(rows, depth, a, left.k_stride, panel.data, panel.k_stride, c, out_stride, k0 > 0);
          continue;
        }
        tile.multiply(rows, depth, a, left.k_stride, panel.data, panel.k_stride, edge.data(), kPanel, false);
        for (int64_t row = 0; row < rows; ++row)
          for (int64_t column = 0; column < columns; ++column) {
            float& element = c[row * out_stride + column];
            element = k0 > 0 ? element + edge[row * kPanel + column] : edge[row * kPanel + column];
          }
      }
    }
  }
}

}  // namespace anemone::kernels

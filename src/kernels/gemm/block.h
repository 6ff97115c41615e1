// SPDX-License-Identifier: Apache-2.0
// A block of rows × columns of a product, computed by one thread: the loops around the tile.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "kernels/buffer.h"
#include "kernels/gemm/tile.h"

namespace anemone::kernels {

// Rows of the left factor in packed groups: element (k, i) is at
// data + i / group · group_stride + k · k_stride + i mod group. A PackedMatrix is one with group kPanel.
struct LeftRows {
  const float* data;
  int64_t group;
  int64_t group_stride;
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
  return {to, tile.rows, k * tile.rows, tile.rows};
}

// Floats that pack_rows needs.
inline int64_t packed_rows_size(const Tile& tile, int64_t m, int64_t k) {
  return (m + tile.rows - 1) / tile.rows * tile.rows * k;
}

// c (columns wide) += or = the tile that is `edge` wide.
inline void store_edge(int rows, int64_t columns, const float* edge, float* c, int64_t c_stride, bool add) {
  for (int64_t row = 0; row < rows; ++row, c += c_stride, edge += kPanel)
    for (int64_t column = 0; column < columns; ++column) c[column] = add ? c[column] + edge[column] : edge[column];
}

// out[i][j] for i < m, j < n. `panel_at(p, k0, depth)` gives the RightPanel of columns [p · kPanel, ...) and k in
// [k0, k0 + depth); all kPanel columns of it must be readable. Depth is the outer loop: a block of the left factor then
// stays in the second-level cache while the panels pass by.
template <typename PanelAt>
void multiply_block(const Tile& tile, int64_t m, int64_t n, int64_t k, const LeftRows& left, const PanelAt& panel_at,
                    float* out, int64_t out_stride) {
  std::array<float, static_cast<size_t>(kMaxTileRows * kPanel)> edge;
  for (int64_t k0 = 0; k0 < std::max<int64_t>(k, 1); k0 += tile.depth_block) {
    const int64_t depth = std::min(tile.depth_block, k - k0);
    for (int64_t j = 0; j < n; j += kPanel) {
      const int64_t columns = std::min(kPanel, n - j);
      const RightPanel panel = panel_at(j / kPanel, k0, depth);
      int rows = 0;
      for (int64_t i = 0; i < m; i += rows) {
        const int64_t in_group = i % left.group;
        rows = static_cast<int>(std::min({static_cast<int64_t>(tile.rows), left.group - in_group, m - i}));
        const float* a = left.data + i / left.group * left.group_stride + k0 * left.k_stride + in_group;
        float* c = out + i * out_stride + j;
        if (columns == kPanel) {
          tile.multiply(rows, depth, a, left.k_stride, panel.data, panel.k_stride, c, out_stride, k0 > 0);
        } else {
          tile.multiply(rows, depth, a, left.k_stride, panel.data, panel.k_stride, edge.data(), kPanel, false);
          store_edge(rows, columns, edge.data(), c, out_stride, k0 > 0);
        }
      }
    }
  }
}

}  // namespace anemone::kernels

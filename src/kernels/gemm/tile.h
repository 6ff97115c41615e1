// SPDX-License-Identifier: Apache-2.0
// The inner loop of every product in the project: a tile of up to `Tile::rows` rows by kPanel columns, chosen once for
// the machine's instruction set. Each element is one chain of fused multiply-adds over k in rising order, so its bits
// depend on its own row, its own column and the depth only. Machines without fused multiply-add (before AVX2) round
// twice per step and differ from the others, but not among themselves.
#pragma once

#include <cstdint>

namespace anemone::kernels {

inline constexpr int64_t kPanel = 32;        // columns of a tile
inline constexpr int64_t kDepthBlock = 256;  // of float32
inline constexpr int kMaxTileRows = 12;
// How far ahead of its use the right factor is fetched, in k: few rows leave a weight little time to arrive.
inline constexpr int64_t kFetchAhead = 48;

struct Tile {
  int rows;             // most rows of one tile, at most kMaxTileRows
  int64_t depth_block;  // products are summed in blocks of this many k, then added in order

  // c[i][j] = (add ? c[i][j] : 0) + sum over k of a[k · a_stride + i] · b[k · b_stride + j], i < rows, j < kPanel.
  void (*multiply)(int rows, int64_t depth, const float* a, int64_t a_stride, const float* b, int64_t b_stride,
                   float* c, int64_t c_stride, bool add);

  // to[k · to_stride + i] = from[i · from_stride + k] for i < rows, k < depth.
  void (*transpose)(int64_t rows, int64_t depth, const float* from, int64_t from_stride, float* to, int64_t to_stride);
};

// The best tile of this machine. (Reads Highway's chosen target, so tests can force another.)
Tile tile();

}  // namespace anemone::kernels

// SPDX-License-Identifier: Apache-2.0
#include "kernels/gemm/gemm.h"

#include <algorithm>

#include "base/parallel.h"
#include "kernels/gemm/block.h"

namespace anemone::kernels {
namespace {

constexpr int64_t kRowsAtOnce = 240;       // packed rows times a depth block stay in the second-level cache
constexpr int64_t kRowsPacked = 1920;      // bounds the scratch memory
constexpr int64_t kMinimumWork = 1 << 18;  // multiply-adds that are worth waking a thread

// Panels per piece of work: enough work each, and a wide span for the epilogue.
int64_t panels_at_once(int64_t rows, int64_t k) {
  return std::clamp<int64_t>(kMinimumWork / std::max<int64_t>(1, rows * k * kPanel), 1, 64);
}

void finish_rows(int64_t rows, int64_t columns, const float* bias, Activation activation, float* out, int64_t stride) {
  if (bias == nullptr && activation == Activation::kNone) return;
  for (int64_t i = 0; i < rows; ++i, out += stride) {
    if (bias != nullptr)
      for (int64_t j = 0; j < columns; ++j) out[j] += bias[j];
    activate(activation, out, columns);
  }
}

}  // namespace

void gemm(int threads, int64_t m, const float* x, int64_t x_stride, const PackedMatrix& weights, const float* bias,
          Activation activation, float* out, int64_t out_stride) {
  const Tile kernel = tile();
  const int64_t n = weights.n();
  const int64_t k = weights.k();
  if (m == 0 || n == 0) return;
  const FloatBuffer scratch = m == 1 ? nullptr : make_buffer(packed_rows_size(kernel, std::min(m, kRowsPacked), k));
  for (int64_t first = 0; first < m; first += kRowsPacked) {
    const int64_t rows = std::min(kRowsPacked, m - first);
    if (m > 1) {
      parallel_for(threads, rows, kRowsAtOnce, [&](int64_t begin, int64_t end) {
        pack_rows(kernel, end - begin, k, x + (first + begin) * x_stride, x_stride, 1, scratch.get() + begin * k);
      });
    }
    const int64_t chunks = (rows + kRowsAtOnce - 1) / kRowsAtOnce;
    const int64_t group = panels_at_once(std::min(rows, kRowsAtOnce), k);
    const int64_t groups = (weights.panels() + group - 1) / group;
    parallel_for(threads, chunks * groups, 1, [&](int64_t begin, int64_t end) {
      for (int64_t piece = begin; piece < end; ++piece) {
        const int64_t row = piece / groups * kRowsAtOnce;
        const int64_t panel = piece % groups * group;
        const int64_t column = panel * kPanel;
        const int64_t piece_rows = std::min(kRowsAtOnce, rows - row);
        const int64_t columns = std::min(group * kPanel, n - column);
        // A single row is already k-major, so it needs no packing.
        const LeftRows left = m == 1 ? LeftRows{x, 1, 0, 1}
                                     : LeftRows{scratch.get() + row * k, kernel.rows, k * kernel.rows, kernel.rows};
        float* to = out + (first + row) * out_stride + column;
        multiply_block(
            kernel, piece_rows, columns, k, left,
            [&](int64_t p, int64_t k0, int64_t) {
              return RightPanel{weights.panel(panel + p) + k0 * kPanel, kPanel};
            },
            to, out_stride);
        finish_rows(piece_rows, columns, bias == nullptr ? nullptr : bias + column, activation, to, out_stride);
      }
    });
  }
}

}  // namespace anemone::kernels

// SPDX-License-Identifier: Apache-2.0
#include "kernels/gemm/gemm.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/parallel.h"
#include "kernels/gemm/block.h"

namespace anemone::kernels {
namespace {

constexpr int64_t kRowsAtOnce = 240;       // packed rows times a depth block stay in the second-level cache
constexpr int64_t kRowsPacked = 1920;      // bounds the scratch memory
constexpr int64_t kRowsToPack = 48;        // by one thread; a multiple of every tile's rows, as is kRowsAtOnce
constexpr int64_t kMinimumWork = 1 << 18;  // multiply-adds that are worth waking a thread

// Panels per piece of work: enough work each, and a wide span for the epilogue.
int64_t panels_at_once(int64_t rows, int64_t k) {
  return std::clamp<int64_t>(kMinimumWork / std::max<int64_t>(1, rows * k * kPanel), 1, 64);
}

// Panels [panel, panel + panels) of one product.
struct Piece {
  const Product* product;
  int64_t panel;
  int64_t panels;
};

std::vector<Piece> cut(std::span<const Product> products, int64_t rows, int64_t k) {
  const int64_t most = panels_at_once(rows, k);
  std::vector<Piece> pieces;
  for (const Product& product : products)
    for (int64_t panel = 0; panel < product.weights->panels(); panel += most)
      pieces.push_back({&product, panel, std::min(most, product.weights->panels() - panel)});
  return pieces;
}

// Rows of x as the tile reads them, in memory of the calling thread.
class PackedRows {
 public:
  PackedRows(int threads, Precision precision, const Tile& kernel, int64_t rows, int64_t k, const float* x,
             int64_t x_stride)
      : words_(words_of(precision, k)), group_(rows == 1 ? 1 : kernel.rows) {
    static thread_local Scratch memory;
    static thread_local std::vector<RowScale> scales;
    data_ = x;
    // A single row is already k-major, so it needs no packing.
    if (precision == Precision::kFloat32 && rows == 1) return;
    float* to = memory.floats(packed_rows_size(kernel, rows, words_));
    scales.resize(static_cast<size_t>(rows));
    data_ = to;
    scales_ = scales.data();
    parallel_for(threads, rows, kRowsToPack, [&, scales_to = scales.data()](int64_t begin, int64_t end) {
      const float* from = x + begin * x_stride;
      if (precision == Precision::kFloat32) {
        pack_rows(kernel, end - begin, k, from, x_stride, 1, to + begin * k);
      } else {
        pack_words(precision, kernel, end - begin, k, from, x_stride, to + begin * words_, scales_to + begin);
      }
    });
  }

  LeftRows from(int64_t row) const { return {data_ + row * words_, group_, words_ * group_, group_}; }
  RowScale scale(int64_t row) const { return scales_[row]; }

 private:
  void pack_words(Precision precision, const Tile& kernel, int64_t rows, int64_t k, const float* x, int64_t x_stride,
                  float* to, RowScale* scales) const {
    static thread_local Scratch memory;
    float* words = group_ == 1 ? to : memory.floats(rows * words_);
    const WordFormat format = word_format(precision);
    for (int64_t i = 0; i < rows; ++i)
      scales[i] = format.activations(k, x + i * x_stride, reinterpret_cast<uint32_t*>(words + i * words_));
    if (group_ > 1) pack_rows(kernel, rows, words_, words, words_, 1, to);
  }

  int64_t words_;
  int64_t group_;
  const float* data_ = nullptr;
  const RowScale* scales_ = nullptr;
};

// Rows [row, row + rows) of the packed ones, which are rows [first + row, ...) of the whole.
void multiply_piece(const Tile& kernel, const Piece& piece, const PackedRows& left, int64_t first, int64_t row,
                    int64_t rows) {
  const Product& product = *piece.product;
  const PackedMatrix& weights = *product.weights;
  const int64_t column = piece.panel * kPanel;
  const int64_t columns = std::min(piece.panels * kPanel, weights.n() - column);
  float* out = product.out + (first + row) * product.out_stride + column;
  multiply_block(
      kernel, rows, columns, weights.words(), left.from(row),
      [&](int64_t p, int64_t k0, int64_t) {
        return RightPanel{weights.panel(piece.panel + p) + k0 * kPanel, kPanel};
      },
      out, product.out_stride);
  if (weights.precision() == Precision::kInt8) {
    const WordFormat format = word_format(Precision::kInt8);
    for (int64_t i = 0; i < rows; ++i)
      format.finish(columns, out + i * product.out_stride, weights.sums() + column, weights.scales() + column,
                    left.scale(row + i));
  }
  if (product.bias != nullptr) {
    ElementStep bias;
    bias.kind = ElementStep::Kind::kMatrix;
    bias.matrix = product.bias + column;
    apply(bias, rows, columns, out, product.out_stride);
  }
  for (const ElementStep& step : product.steps)
    apply(step_at(step, first + row, column), rows, columns, out, product.out_stride);
}

}  // namespace

void gemm(int threads, int64_t m, const float* x, int64_t x_stride, std::span<const Product> products) {
  if (m == 0 || products.empty()) return;
  const int64_t k = products[0].weights->k();
  const Precision precision = products[0].weights->precision();
  for (const Product& product : products) CHECK(product.weights->k() == k && product.weights->precision() == precision);
  const Tile kernel = tile(precision);
  const std::vector<Piece> pieces = cut(products, std::min(m, kRowsAtOnce), k);
  const auto count = static_cast<int64_t>(pieces.size());
  for (int64_t first = 0; first < m; first += kRowsPacked) {
    const int64_t rows = std::min(kRowsPacked, m - first);
    const PackedRows left(threads, precision, kernel, rows, k, x + first * x_stride, x_stride);
    const int64_t chunks = (rows + kRowsAtOnce - 1) / kRowsAtOnce;
    parallel_for(threads, chunks * count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t row = i / count * kRowsAtOnce;
        multiply_piece(kernel, pieces[static_cast<size_t>(i % count)], left, first, row,
                       std::min(kRowsAtOnce, rows - row));
      }
    });
  }
}

void gemm(int threads, int64_t m, const float* x, int64_t x_stride, const PackedMatrix& weights, const float* bias,
          Activation activation, float* out, int64_t out_stride) {
  ElementStep step;
  const std::optional<Unary> function = function_of(activation);
  if (function) step.unary = *function;
  const Product product{&weights, bias, {&step, function ? size_t{1} : size_t{0}}, out, out_stride};
  gemm(threads, m, x, x_stride, {&product, 1});
}

}  // namespace anemone::kernels

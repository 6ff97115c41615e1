// SPDX-License-Identifier: Apache-2.0
#include "kernels/gemm/packed_matrix.h"

#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"

namespace anemone::kernels {

PackedMatrix::PackedMatrix(int threads, const float* weights, Layout layout, int64_t n, int64_t k, int64_t stride,
                           Precision wished)
    : n_(n), k_(k), precision_(usable(wished, k)) {
  CHECK(n >= 0 && k >= 0);
  CHECK(k == 0 || panels() <= INT64_MAX / kPanel / k);
  data_ = make_buffer(panels() * kPanel * words());
  if (precision_ != Precision::kFloat32) {
    scales_.resize(static_cast<size_t>(n));
    sums_.resize(static_cast<size_t>(n));
  }
  parallel_for(threads, panels(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      if (precision_ == Precision::kFloat32)
        pack_floats(weights, layout, stride, p);
      else
        pack_words(weights, layout, stride, p);
    }
  });
}

void PackedMatrix::pack_floats(const float* weights, Layout layout, int64_t stride, int64_t panel) {
  float* to = data_.get() + panel * k_ * kPanel;
  const int64_t first = panel * kPanel;
  const int64_t columns = std::min(kPanel, n_ - first);
  if (columns < kPanel) std::fill_n(to, k_ * kPanel, 0.0F);
  if (layout == Layout::kNk) return tile().transpose(columns, k_, weights + first * stride, stride, to, kPanel);
  for (int64_t i = 0; i < k_; ++i) std::copy_n(weights + i * stride + first, columns, to + i * kPanel);
}

void PackedMatrix::pack_words(const float* weights, Layout layout, int64_t stride, int64_t panel) {
  static thread_local Scratch row_memory;
  static thread_local Scratch word_memory;
  const WordFormat format = word_format(precision_);
  float* words_of_rows = word_memory.floats(kPanel * words());
  const int64_t first = panel * kPanel;
  const int64_t columns = std::min(kPanel, n_ - first);
  std::fill_n(words_of_rows, kPanel * words(), 0.0F);
  for (int64_t j = 0; j < columns; ++j) {
    const float* row = weights + (first + j) * stride;
    if (layout == Layout::kKn) {
      float* gathered = row_memory.floats(k_);
      for (int64_t i = 0; i < k_; ++i) gathered[i] = weights[i * stride + first + j];
      row = gathered;
    }
    const auto output = static_cast<size_t>(first + j);
    scales_[output] = format.weights(k_, row, reinterpret_cast<uint32_t*>(words_of_rows + j * words()), &sums_[output]);
  }
  tile().transpose(kPanel, words(), words_of_rows, words(), data_.get() + panel * words() * kPanel, kPanel);
}

}  // namespace anemone::kernels

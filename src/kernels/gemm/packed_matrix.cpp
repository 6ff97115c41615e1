// SPDX-License-Identifier: Apache-2.0
#include "kernels/gemm/packed_matrix.h"

#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"

namespace anemone::kernels {

PackedMatrix::PackedMatrix(int threads, const float* weights, Layout layout, int64_t n, int64_t k, int64_t stride)
    : n_(n), k_(k) {
  CHECK(n >= 0 && k >= 0);
  CHECK(k == 0 || panels() <= INT64_MAX / kPanel / k);
  data_ = make_buffer(panels() * kPanel * k);
  const Tile kernel = tile();
  parallel_for(threads, panels(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      float* to = data_.get() + p * k * kPanel;
      const int64_t first = p * kPanel;
      const int64_t columns = std::min(kPanel, n - first);
      if (columns < kPanel) std::fill_n(to, k * kPanel, 0.0F);
      if (layout == Layout::kNk) {
        kernel.transpose(columns, k, weights + first * stride, stride, to, kPanel);
      } else {
        for (int64_t i = 0; i < k; ++i) std::copy_n(weights + i * stride + first, columns, to + i * kPanel);
      }
    }
  });
}

}  // namespace anemone::kernels

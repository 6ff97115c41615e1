// SPDX-License-Identifier: Apache-2.0
// A weight matrix of N outputs by K inputs, copied once into panels of kPanel outputs: panel p holds, for each k, the
// weights of outputs [p · kPanel, (p + 1) · kPanel), zero beyond N. It never changes afterwards and may be shared
// between threads.
#pragma once

#include <cstdint>

#include "kernels/buffer.h"
#include "kernels/gemm/tile.h"

namespace anemone::kernels {

class PackedMatrix {
 public:
  enum class Layout {
    kNk,  // one row per output, as in torch.nn.Linear and MIL's linear
    kKn,  // one row per input, as in MIL's matmul
  };

  PackedMatrix() = default;
  // `stride`: elements between rows of `weights`.
  PackedMatrix(int threads, const float* weights, Layout layout, int64_t n, int64_t k, int64_t stride);

  int64_t n() const { return n_; }
  int64_t k() const { return k_; }
  int64_t panels() const { return (n_ + kPanel - 1) / kPanel; }
  const float* panel(int64_t index) const { return data_.get() + index * k_ * kPanel; }

 private:
  int64_t n_ = 0;
  int64_t k_ = 0;
  FloatBuffer data_;
};

}  // namespace anemone::kernels

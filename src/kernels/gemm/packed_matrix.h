// SPDX-License-Identifier: Apache-2.0
// A weight matrix of N outputs by K inputs, copied once into panels of kPanel outputs: panel p holds, for each word
// along k (see precision.h), the weights of outputs [p · kPanel, (p + 1) · kPanel), zero beyond N. It never changes
// afterwards and may be shared between threads.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/buffer.h"
#include "kernels/gemm/precision.h"
#include "kernels/gemm/tile.h"

namespace anemone::kernels {

class PackedMatrix {
 public:
  enum class Layout {
    kNk,  // one row per output, as in torch.nn.Linear and MIL's linear
    kKn,  // one row per input, as in MIL's matmul
  };

  PackedMatrix() = default;
  // `stride`: elements between rows of `weights`. The precision is the one wished for if the machine can use it.
  PackedMatrix(int threads, const float* weights, Layout layout, int64_t n, int64_t k, int64_t stride,
               Precision wished = Precision::kFloat32);

  int64_t n() const { return n_; }
  int64_t k() const { return k_; }
  int64_t panels() const { return (n_ + kPanel - 1) / kPanel; }
  Precision precision() const { return precision_; }
  int64_t words() const { return words_of(precision_, k_); }
  const float* panel(int64_t index) const { return data_.get() + index * words() * kPanel; }
  // Of integers, for each output.
  const float* scales() const { return scales_.data(); }
  const int32_t* sums() const { return sums_.data(); }

 private:
  void pack_floats(const float* weights, Layout layout, int64_t stride, int64_t panel);
  void pack_words(const float* weights, Layout layout, int64_t stride, int64_t panel);

  int64_t n_ = 0;
  int64_t k_ = 0;
  Precision precision_ = Precision::kFloat32;
  FloatBuffer data_;
  std::vector<float> scales_;
  std::vector<int32_t> sums_;
};

}  // namespace anemone::kernels

// SPDX-License-Identifier: Apache-2.0
// Products of matrices of halves as the Neural Engine's multiply-accumulate array computes them, bit for bit:
//   - infinities and NaN are read as numbers (half.h);
//   - a product whose exponents add up to -17 or less is dropped (a subnormal's exponent is -14), any other is rounded
//     to a multiple of 2^-16, ties away from zero;
//   - the sum starts from the bias, rounded likewise, and runs over k in rising order; once its magnitude is 32768 or
//     more the result is infinite, whatever follows;
//   - the result is rounded to half, ties away from zero, and is never -0.
// Strides and offsets count elements. Results do not depend on threads, batch or instruction set.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/buffer.h"

namespace anemone::kernels::ane {

inline constexpr int64_t kMacPanel = 32;

// Element (i, j) lies at data[rows[i] + columns[j]].
template <typename T>
struct Grid {
  T* data;
  std::span<const int64_t> rows;
  std::span<const int64_t> columns;
};

// How large the elements of a row or column are: enough to prove that no sum can overflow.
struct Extent {
  float largest = 0;
  double norm = 0;  // Euclidean
};

// The right factor (rows are k), packed once into panels of columns. Values are taken to be halves and rounded to
// nearest even where they are not.
class MacColumns {
 public:
  MacColumns(int threads, const Grid<const float>& matrix);

  int64_t n() const { return n_; }
  int64_t k() const { return k_; }
  const float* panel(int64_t index) const { return data_.get() + index * k_ * kMacPanel; }
  const Extent& extent(int64_t index) const { return extents_[static_cast<size_t>(index)]; }  // the largest of a panel

 private:
  int64_t n_;
  int64_t k_;
  FloatBuffer data_;
  std::vector<Extent> extents_;
};

// Start values; at most one of the two.
struct MacBias {
  const float* of_row = nullptr;
  const float* of_column = nullptr;
};

// out = left · right + bias; left.columns are k.
void mac(int threads, const Grid<const float>& left, const MacColumns& right, const MacBias& bias,
         const Grid<float>& out);

}  // namespace anemone::kernels::ane

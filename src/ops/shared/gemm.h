// SPDX-License-Identifier: Apache-2.0
// The reference matrix product. An element of a matrix lies at data[rows[i] + columns[j]], so that transposition, the
// permutation of an einsum or the channels of a group are only tables of offsets and one loop serves all of them.
// Every element of the result is summed over k in the same order: float32 within blocks of 64, float64 between blocks.
// It depends on the inner size only. int32 wraps around.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ir/tensor.h"

namespace anemone {

template <typename T>
struct OffsetMatrix {
  T* data;
  std::span<const int64_t> rows;
  std::span<const int64_t> columns;
};

// 0, stride, 2 * stride ...
std::vector<int64_t> strided_offsets(int64_t count, int64_t stride);

// out = a * b for float and int32_t. a has the rows of out, b its columns, and a.columns matches b.rows.
template <typename T>
void multiply(const OffsetMatrix<const T>& a, const OffsetMatrix<const T>& b, const OffsetMatrix<T>& out, int threads);

// The tensor itself, or its values as float32.
inline Tensor as_float(const Tensor& tensor) {
  return tensor.dtype() == DType::kFloat32 ? tensor : converted(tensor, DType::kFloat32);
}

}  // namespace anemone

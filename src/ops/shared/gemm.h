// SPDX-License-Identifier: Apache-2.0
// The reference matrix product. An element of a matrix lies at data[rows[i] + columns[j]], so that transposition, the
// permutation of an einsum or the channels of a group are only tables of offsets and one loop serves all of them.
// Every element of the result is summed over k in the same order: float32 within blocks of 64, float64 between blocks.
// It depends on the inner size only. int32 wraps around.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ir/op_definition.h"

namespace anemone {

template <typename T>
struct OffsetMatrix {
  T* data;
  std::span<const int64_t> rows;
  std::span<const int64_t> columns;
};

// 0, stride, 2 * stride ...
std::vector<int64_t> strided_offsets(int64_t count, int64_t stride);

// Asks for the sums of the Neural Engine's multiply-accumulate array (kernels/ane/mac.h), which begin at the bias: an
// element for each row, or for each column, of the result.
struct AneSums {
  const float* bias_of_row = nullptr;
  const float* bias_of_column = nullptr;
};

// What `multiply` is to be given for this op: nothing unless it is computed as the Neural Engine does, which takes its
// numerics and a declared type of half.
std::optional<AneSums> ane_sums(const Results& results, const Type& declared);

// out = a * b for float and int32_t. a has the rows of out, b its columns, and a.columns matches b.rows. `ane` is for
// float only.
template <typename T>
void multiply(const OffsetMatrix<const T>& a, const OffsetMatrix<const T>& b, const OffsetMatrix<T>& out, int threads,
              const std::optional<AneSums>& ane = std::nullopt);

// The tensor itself, or its values as float32.
inline Tensor as_float(const Tensor& tensor) {
  return tensor.dtype() == DType::kFloat32 ? tensor : converted(tensor, DType::kFloat32);
}

}  // namespace anemone

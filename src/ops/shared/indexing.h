// SPDX-License-Identifier: Apache-2.0
// What the gather and scatter ops share. Indices may be of any integer type. A negative index counts from the end
// (documented up to CoreML6, undefined later); one that still lies outside reads the nearest element and writes
// nothing, so that no index ever reaches outside of its tensor.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "ir/op_definition.h"

namespace anemone {

// The indices as int64, in order.
class Indices {
 public:
  explicit Indices(const Tensor& indices)
      : wide_(converted(indices, DType::kInt64)), values_(std::as_const(wide_).as<int64_t>()) {}

  int64_t size() const { return static_cast<int64_t>(values_.size()); }
  // The element that index i reads from an axis of this size, which is not 0.
  int64_t reading(int64_t i, int64_t axis_size) const {
    return std::clamp<int64_t>(wrapped(i, axis_size), 0, axis_size - 1);
  }
  // The element that index i writes, or -1 for none.
  int64_t writing(int64_t i, int64_t axis_size) const {
    const int64_t index = wrapped(i, axis_size);
    return index >= 0 && index < axis_size ? index : -1;
  }

 private:
  int64_t wrapped(int64_t i, int64_t axis_size) const {
    const int64_t index = values_[static_cast<size_t>(i)];
    return index < 0 ? index + axis_size : index;
  }

  Tensor wide_;
  std::span<const int64_t> values_;
};

// Error when the op asks for validated indices and a known one lies outside. Index i belongs to an axis of size
// sizes[i % sizes.size()].
void validate_indices(const Arguments& args, const Shape& sizes);

// Fills `to` row by row with copies of rows of `from`; offset(row) is the first element's place. Rows are read only
// where `from` has elements.
template <typename Offset>
void gather_rows(const Tensor& from, Tensor& to, int64_t row_elements, int threads, Offset offset) {
  if (to.size() == 0) return;
  if (from.size() == 0) fail("there is nothing to gather from");
  const int64_t width = bit_width(from.dtype()) / 8;
  CHECK(width > 0);
  const int64_t bytes = row_elements * width;
  const int64_t grain = std::max<int64_t>(1, 128 * 1024 / bytes);
  parallel_for(threads, to.size() / row_elements, grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      std::memcpy(to.bytes() + row * bytes, from.bytes() + offset(row) * width, static_cast<size_t>(bytes));
  });
}

// Elements between axes: product(shape[first:last]).
int64_t elements_between(const ConcreteShape& shape, size_t first, size_t last);

}  // namespace anemone

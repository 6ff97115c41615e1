// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/view.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "ops/shared/strided_copy.h"

namespace anemone {
namespace {

// Bytes of an element; sub-byte elements cannot be addressed.
size_t element_bytes(const Tensor& tensor) {
  const int bits = bit_width(tensor.dtype());
  CHECK(bits >= 8);
  return static_cast<size_t>(bits / 8);
}

void check_inside(const View& view, const Tensor& tensor) {
  CHECK(view.strides.size() == view.shape.size());
  int64_t lowest = view.offset;
  int64_t highest = view.offset;
  for (size_t i = 0; i < view.shape.size(); ++i)
    (view.strides[i] < 0 ? lowest : highest) += view.strides[i] * (view.shape[i] - 1);
  CHECK(lowest >= 0 && highest < tensor.size());
}

}  // namespace

View whole(const ConcreteShape& shape) {
  View view{shape, std::vector<int64_t>(shape.size()), 0};
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    view.strides[i] = stride;
    stride *= std::max<int64_t>(1, shape[i]);
  }
  return view;
}

View permuted(const View& view, const std::vector<int>& permutation) {
  CHECK(permutation.size() == view.shape.size());
  View result = view;
  for (size_t i = 0; i < permutation.size(); ++i) {
    const auto axis = static_cast<size_t>(permutation[i]);
    CHECK(axis < view.shape.size());
    result.shape[i] = view.shape[axis];
    result.strides[i] = view.strides[axis];
  }
  return result;
}

View sliced(View view, int axis, int64_t begin, int64_t count, int64_t step) {
  const auto at = static_cast<size_t>(axis);
  CHECK(at < view.shape.size() && count >= 0);
  view.offset += begin * view.strides[at];
  view.shape[at] = count;
  view.strides[at] *= count > 1 ? step : 1;
  return view;
}

View split_axis(View view, int axis, const ConcreteShape& sizes) {
  const auto at = static_cast<size_t>(axis);
  CHECK(at < view.shape.size() && product(sizes) == view.shape[at]);
  View inner = whole(sizes);
  for (int64_t& stride : inner.strides) stride *= view.strides[at];
  view.shape.erase(view.shape.begin() + axis);
  view.strides.erase(view.strides.begin() + axis);
  view.shape.insert(view.shape.begin() + axis, sizes.begin(), sizes.end());
  view.strides.insert(view.strides.begin() + axis, inner.strides.begin(), inner.strides.end());
  return view;
}

View inserted(View view, int axis, int64_t size, int64_t stride) {
  CHECK(axis >= 0 && axis <= view.rank());
  view.shape.insert(view.shape.begin() + axis, size);
  view.strides.insert(view.strides.begin() + axis, stride);
  return view;
}

void copy_elements(const Tensor& from, const View& read, Tensor& to, const View& write, int threads) {
  CHECK(read.shape == write.shape);
  const size_t width = element_bytes(from);
  CHECK(width == element_bytes(to));
  if (product(read.shape) == 0) return;
  check_inside(read, from);
  check_inside(write, to);
  const auto bytes = static_cast<int64_t>(width);
  StridedCopy copy{read.shape, read.strides, write.strides, width};
  for (int64_t& stride : copy.read_strides) stride *= bytes;
  for (int64_t& stride : copy.write_strides) stride *= bytes;
  run_copy(std::move(copy), from.bytes() + read.offset * bytes, to.bytes() + write.offset * bytes, threads);
}

void copy_elements(const Tensor& from, const View& read, Tensor& to, int threads) {
  CHECK(product(read.shape) == to.size());
  copy_elements(from, read, to, whole(read.shape), threads);
}

void fill_elements(Tensor& to, const Tensor& value) {
  CHECK(value.size() == 1 && value.dtype() == to.dtype());
  const bool zero = std::all_of(value.bytes(), value.bytes() + value.byte_size(),
                                [](std::byte byte) { return byte == std::byte{0}; });
  if (zero) {
    std::memset(to.bytes(), 0, to.byte_size());
    return;
  }
  copy_elements(value, View{{to.size()}, {0}, 0}, to);
}

}  // namespace anemone

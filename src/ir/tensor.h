// SPDX-License-Identifier: Apache-2.0
// A dense row-major array in memory. Copies share the data; whoever makes a tensor fills it before handing it on.
// Sub-byte elements are packed as MIL packs them: element i takes bits [i*n, (i+1)*n) of the little-endian stream.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ir/type.h"

namespace anemone {

class Tensor {
 public:
  Tensor() = default;
  // Uninitialised, 64-byte aligned.
  Tensor(DType dtype, ConcreteShape shape);
  // A view of memory that `owner` keeps alive.
  Tensor(DType dtype, ConcreteShape shape, std::byte* data, std::shared_ptr<const void> owner);

  template <typename T>
  static Tensor of(DType dtype, ConcreteShape shape, std::span<const T> values);
  static Tensor scalar(float value);
  static Tensor scalar(int32_t value);
  static Tensor scalar(bool value);
  static Tensor vector(const std::vector<int32_t>& values);

  DType dtype() const { return dtype_; }
  const ConcreteShape& shape() const { return shape_; }
  int rank() const { return static_cast<int>(shape_.size()); }
  int64_t size() const { return size_; }  // elements
  size_t byte_size() const { return bytes_; }
  bool empty() const { return data_ == nullptr && size_ == 0; }

  std::byte* bytes() { return data_; }
  const std::byte* bytes() const { return data_; }
  std::span<const std::byte> byte_span() const { return {data_, bytes_}; }
  // The elements; T must have the element size of dtype().
  template <typename T>
  std::span<T> as() {
    check_element(sizeof(T));
    return {reinterpret_cast<T*>(data_), static_cast<size_t>(size_)};
  }
  template <typename T>
  std::span<const T> as() const {
    check_element(sizeof(T));
    return {reinterpret_cast<const T*>(data_), static_cast<size_t>(size_)};
  }

  Tensor reshaped(ConcreteShape shape) const;  // same data; CHECK the same element count
  Type type() const { return Type::tensor(dtype_, shape_); }

 private:
  void check_element(size_t element_size) const;

  DType dtype_ = DType::kFloat32;
  ConcreteShape shape_;
  int64_t size_ = 0;
  size_t bytes_ = 0;
  std::byte* data_ = nullptr;
  std::shared_ptr<const void> owner_;
};

template <typename T>
Tensor Tensor::of(DType dtype, ConcreteShape shape, std::span<const T> values) {
  Tensor tensor(dtype, std::move(shape));
  auto to = tensor.as<T>();
  for (size_t i = 0; i < to.size(); ++i) to[i] = values[i];
  return tensor;
}

// The form in which ops compute: every float as float32, sub-byte integers as int8/uint8, the rest as they are.
DType compute_dtype(DType dtype);
Tensor to_compute(const Tensor& stored);
// Values converted to another element type: float to integer truncates towards zero (saturating), anything to bool is
// x != 0, float to a narrower float rounds to nearest even. The result is stored packed as `dtype` says.
Tensor converted(const Tensor& tensor, DType dtype);

// Any numeric tensor's elements as integers or doubles (small tensors: parameters).
std::vector<int64_t> to_integers(const Tensor& tensor);
std::vector<double> to_doubles(const Tensor& tensor);

// Calls `body` with a value of the C++ type that holds elements of a compute dtype.
template <typename Body>
decltype(auto) with_element_type(DType dtype, Body&& body);

}  // namespace anemone

#include "ir/tensor-inl.h"

// SPDX-License-Identifier: Apache-2.0
#include "ir/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/bits.h"
#include "base/error.h"
#include "base/half.h"
#include "base/memory.h"

namespace anemone {
namespace {

size_t bytes_of(DType dtype, const ConcreteShape& shape) {
  const auto bytes = byte_size(dtype, product(shape));
  if (!bytes) fail("a tensor of shape {} and type {} is too large", to_string(shape), name_of(dtype));
  return static_cast<size_t>(*bytes);
}

Tensor unpacked(const Tensor& stored) {
  const bool is_signed_type = stored.dtype() == DType::kInt4;
  Tensor result(is_signed_type ? DType::kInt8 : DType::kUInt8, stored.shape());
  auto* to = reinterpret_cast<uint8_t*>(result.bytes());
  unpack_bits(reinterpret_cast<const uint8_t*>(stored.bytes()), stored.byte_size(), bit_width(stored.dtype()),
              stored.size(), to);
  if (is_signed_type)
    for (int64_t i = 0; i < stored.size(); ++i) to[i] = static_cast<uint8_t>((to[i] ^ 8) - 8);
  return result;
}

Tensor packed(const Tensor& wide, DType dtype) {
  Tensor result(dtype, wide.shape());
  std::memset(result.bytes(), 0, result.byte_size());
  const auto* from = reinterpret_cast<const uint8_t*>(wide.bytes());
  auto* to = reinterpret_cast<uint8_t*>(result.bytes());
  const int bits = bit_width(dtype);
  for (int64_t i = 0; i < wide.size(); ++i)
    for (int k = 0; k < bits; ++k)
      if (from[i] >> k & 1) to[(i * bits + k) / 8] |= static_cast<uint8_t>(1U << ((i * bits + k) % 8));
  return result;
}

Tensor widened_floats(const Tensor& stored) {
  Tensor result(DType::kFloat32, stored.shape());
  auto to = result.as<float>();
  if (stored.dtype() == DType::kFloat16) {
    half_to_float(stored.as<uint16_t>().data(), to.data(), to.size());
  } else if (stored.dtype() == DType::kBFloat16) {
    std::transform(stored.as<uint16_t>().begin(), stored.as<uint16_t>().end(), to.begin(), bfloat16_to_float);
  } else if (stored.dtype() == DType::kFloat64) {
    std::transform(stored.as<double>().begin(), stored.as<double>().end(), to.begin(),
                   [](double value) { return static_cast<float>(value); });
  } else {
    fail("elements of type {} are not supported", name_of(stored.dtype()));
  }
  return result;
}

template <typename To, typename From>
To convert_value(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From{};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if (std::isnan(value)) return To{};
    if (value <= static_cast<From>(std::numeric_limits<To>::lowest())) return std::numeric_limits<To>::lowest();
    if (value >= static_cast<From>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    return static_cast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

Tensor convert_compute(const Tensor& from, DType dtype) {
  Tensor result(dtype, from.shape());
  with_element_type(from.dtype(), [&](auto source) {
    with_element_type(dtype, [&](auto target) {
      using From = decltype(source);
      using To = decltype(target);
      std::transform(from.as<From>().begin(), from.as<From>().end(), result.as<To>().begin(),
                     [](From value) { return convert_value<To, From>(value); });
    });
  });
  return result;
}

Tensor narrowed_floats(const Tensor& floats, DType dtype) {
  Tensor result(dtype, floats.shape());
  const auto from = floats.as<float>();
  if (dtype == DType::kFloat16) {
    float_to_half(from.data(), result.as<uint16_t>().data(), from.size());
  } else if (dtype == DType::kBFloat16) {
    std::transform(from.begin(), from.end(), result.as<uint16_t>().begin(), float_to_bfloat16);
  } else if (dtype == DType::kFloat64) {
    std::copy(from.begin(), from.end(), result.as<double>().begin());
  } else {
    fail("elements of type {} are not supported", name_of(dtype));
  }
  return result;
}

}  // namespace

Tensor::Tensor(DType dtype, ConcreteShape shape)
    : dtype_(dtype), shape_(std::move(shape)), size_(product(shape_)), bytes_(bytes_of(dtype, shape_)) {
  auto data = aligned_bytes(std::max<size_t>(bytes_, 1));
  data_ = data.get();
  owner_ = std::move(data);
}

Tensor::Tensor(DType dtype, ConcreteShape shape, std::byte* data, std::shared_ptr<const void> owner)
    : dtype_(dtype),
      shape_(std::move(shape)),
      size_(product(shape_)),
      bytes_(bytes_of(dtype, shape_)),
      data_(data),
      owner_(std::move(owner)) {}

Tensor Tensor::scalar(float value) { return of<float>(DType::kFloat32, {}, std::span(&value, 1)); }
Tensor Tensor::scalar(int32_t value) { return of<int32_t>(DType::kInt32, {}, std::span(&value, 1)); }
Tensor Tensor::scalar(bool value) { return of<bool>(DType::kBool, {}, std::span(&value, 1)); }

Tensor Tensor::vector(const std::vector<int32_t>& values) {
  return of<int32_t>(DType::kInt32, {static_cast<int64_t>(values.size())}, std::span(values));
}

Tensor Tensor::reshaped(ConcreteShape shape) const {
  CHECK(product(shape) == size_);
  Tensor view = *this;
  view.shape_ = std::move(shape);
  return view;
}

void Tensor::check_element(size_t element_size) const {
  CHECK(static_cast<size_t>(bit_width(dtype_)) == 8 * element_size);
}

DType compute_dtype(DType dtype) {
  if (is_float(dtype)) return DType::kFloat32;
  if (dtype == DType::kInt4) return DType::kInt8;
  return is_sub_byte(dtype) ? DType::kUInt8 : dtype;
}

Tensor to_compute(const Tensor& stored) {
  if (is_sub_byte(stored.dtype())) return unpacked(stored);
  if (is_float(stored.dtype()) && stored.dtype() != DType::kFloat32) return widened_floats(stored);
  return stored;
}

Tensor converted(const Tensor& tensor, DType dtype) {
  if (tensor.dtype() == dtype) return tensor;
  const Tensor source = to_compute(tensor);
  const DType target = compute_dtype(dtype);
  const Tensor wide = source.dtype() == target ? source : convert_compute(source, target);
  if (dtype == target) return wide;
  return is_float(dtype) ? narrowed_floats(wide, dtype) : packed(wide, dtype);
}

std::vector<int64_t> to_integers(const Tensor& tensor) {
  const Tensor wide = converted(tensor, DType::kInt64);
  return {wide.as<int64_t>().begin(), wide.as<int64_t>().end()};
}

std::vector<double> to_doubles(const Tensor& tensor) {
  const Tensor source = to_compute(tensor);
  std::vector<double> values;
  with_element_type(source.dtype(), [&](auto element) {
    for (const auto value : source.as<decltype(element)>()) values.push_back(static_cast<double>(value));
  });
  return values;
}

}  // namespace anemone

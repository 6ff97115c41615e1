// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/scattering.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

#include "base/error.h"

namespace anemone {
namespace {

template <typename T>
T quotient(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    if (b == 0) return 0;
    if (b == -1) return static_cast<T>(0U - static_cast<std::make_unsigned_t<T>>(a));
  }
  return a / b;
}

template <typename T>
using Combine = T (*)(T, T);

// Sums and products of integers go through their unsigned type, where overflow is defined.
template <typename T>
Combine<T> combination(const std::string& mode) {
  using U = typename std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>, std::common_type<T>>::type;
  if (mode == "update") return [](T, T b) { return b; };
  if (mode == "add") return [](T a, T b) { return static_cast<T>(static_cast<U>(a) + static_cast<U>(b)); };
  if (mode == "sub") return [](T a, T b) { return static_cast<T>(static_cast<U>(a) - static_cast<U>(b)); };
  if (mode == "mul") return [](T a, T b) { return static_cast<T>(static_cast<U>(a) * static_cast<U>(b)); };
  if (mode == "div") return [](T a, T b) { return quotient(a, b); };
  if (mode == "max") return [](T a, T b) { return std::max(a, b); };
  if (mode == "min") return [](T a, T b) { return std::min(a, b); };
  fail("mode is {}, expected update, add, sub, mul, div, max or min", mode);
}

template <typename T>
void combine_rows(Tensor& to, const Tensor& updates, int64_t row_elements, const std::string& mode,
                  const std::function<int64_t(int64_t)>& offset) {
  const Combine<T> combine = combination<T>(mode);
  const auto values = updates.as<T>();
  const auto target = to.as<T>();
  for (int64_t row = 0; row * row_elements < updates.size(); ++row) {
    const int64_t begin = offset(row);
    if (begin < 0) continue;
    T* into = target.data() + begin;
    const T* from = values.data() + row * row_elements;
    for (int64_t i = 0; i < row_elements; ++i) into[i] = combine(into[i], from[i]);
  }
}

}  // namespace

void check_scatter_mode(const std::string& mode) { combination<float>(mode); }

void scatter_rows(Tensor& to, const Tensor& updates, int64_t row_elements, const std::string& mode,
                  const std::function<int64_t(int64_t)>& offset) {
  if (updates.size() == 0 || to.size() == 0) return;
  if (to.dtype() == DType::kFloat32) return combine_rows<float>(to, updates, row_elements, mode, offset);
  if (to.dtype() == DType::kInt32) return combine_rows<int32_t>(to, updates, row_elements, mode, offset);
  fail("cannot scatter elements of type {}", name_of(to.dtype()));
}

Tensor& copy_of_data(const Arguments& args, Results& results) {
  const Tensor& data = args.tensor("data");
  Tensor& to = results.allocate(0, data.shape(), data.dtype());
  std::memcpy(to.bytes(), data.bytes(), data.byte_size());
  return to;
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "ir/arg.h"

#include <algorithm>

#include "base/error.h"

namespace anemone {
namespace {

template <typename T, typename Values>
Constant literal(DType compute_type, DType dtype, ConcreteShape shape, const Values& values) {
  Tensor tensor(compute_type, std::move(shape));
  CHECK(static_cast<size_t>(tensor.size()) == values.size());
  std::copy(values.begin(), values.end(), tensor.as<T>().begin());
  return Constant(converted(tensor, dtype));
}

}  // namespace

Constant floats(ConcreteShape shape, const std::vector<float>& values, DType dtype) {
  return literal<float>(DType::kFloat32, dtype, std::move(shape), values);
}

Constant ints(ConcreteShape shape, const std::vector<int32_t>& values, DType dtype) {
  return literal<int32_t>(DType::kInt32, dtype, std::move(shape), values);
}

Constant bools(ConcreteShape shape, const std::vector<bool>& values) {
  return literal<bool>(DType::kBool, DType::kBool, std::move(shape), values);
}

}  // namespace anemone

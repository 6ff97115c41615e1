// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/batch.h"

#include <algorithm>

#include "base/error.h"

namespace anemone {
namespace {

bool is_one(const Dim& dim) { return dim.is_constant() && dim.value() == 1; }

}  // namespace

Dim broadcast_dim(const Dim& a, const Dim& b) {
  if (is_one(a) || provably_equal(a, b)) return b;
  if (is_one(b)) return a;
  if (a.is_constant() && b.is_constant()) fail("dimensions {} and {} do not match", a.str(), b.str());
  if (a.is_constant()) return a;  // the other is 1 or the same
  return b.is_constant() ? b : Dim::unknown();
}

Shape broadcast_batch(const Shape& a, const Shape& b) {
  const bool a_is_longer = a.size() >= b.size();
  Shape result = a_is_longer ? a : b;
  const Shape& shorter = a_is_longer ? b : a;
  const size_t shift = result.size() - shorter.size();
  for (size_t i = 0; i < shorter.size(); ++i) result[shift + i] = broadcast_dim(result[shift + i], shorter[i]);
  return result;
}

ConcreteShape batch_of(const ConcreteShape& shape, int matrix_dims) {
  return {shape.begin(), shape.end() - std::min<ptrdiff_t>(matrix_dims, static_cast<ptrdiff_t>(shape.size()))};
}

ConcreteShape broadcast_batch(const ConcreteShape& a, const ConcreteShape& b) {
  const Shape result = broadcast_batch(Shape(a.begin(), a.end()), Shape(b.begin(), b.end()));
  ConcreteShape concrete;
  for (const Dim& dim : result) concrete.push_back(dim.value());
  return concrete;
}

std::vector<int64_t> batch_offsets(const ConcreteShape& operand, const ConcreteShape& result, int64_t step) {
  CHECK(operand.size() <= result.size());
  std::vector<int64_t> offsets{0};
  const size_t shift = result.size() - operand.size();
  for (size_t axis = 0; axis < result.size(); ++axis) {
    const int64_t size = axis < shift ? 1 : operand[axis - shift];
    std::vector<int64_t> next;
    next.reserve(offsets.size() * static_cast<size_t>(result[axis]));
    for (const int64_t offset : offsets) {
      for (int64_t i = 0; i < result[axis]; ++i) next.push_back(offset * size + (size == 1 ? 0 : i));
    }
    offsets = std::move(next);
  }
  for (int64_t& offset : offsets) offset *= step;
  return offsets;
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/lookup.h"

#include "base/error.h"
#include "ops/shared/blocks.h"

namespace anemone {
namespace {

// Calls f(i, first, stride) for each index: the elements that it stands for are first, first + stride ...
template <typename F>
void for_each_index(const LookupRule& rule, const ConcreteShape& shape, F f) {
  int64_t inner = 1;
  for (size_t axis = static_cast<size_t>(rule.axis) + 1; axis < shape.size(); ++axis) inner *= shape[axis];
  const int64_t count = product(shape);
  for (int64_t i = 0; i < count; ++i) f(i, i / inner * rule.width * inner + i % inner, inner);
}

}  // namespace

LookupRule lookup_rule(const Arguments& args, const ConcreteShape& indices, DType index_type,
                       std::string_view indices_name) {
  const ConcreteShape lut = concrete_shape(args, "lut");
  const size_t rank = indices.size();
  if (rank == 0) fail("{} is a scalar", indices_name);
  if (lut.size() != rank + 2) fail("lut has rank {}, expected {}", lut.size(), rank + 2);
  expect_blocks(indices, lut, "lut", indices_name);
  const int64_t entries = int64_t{1} << bit_width(index_type);
  if (lut[rank] != entries)
    fail("lut has {} entries, but indices of type {} reach {}", lut[rank], name_of(index_type), entries - 1);
  LookupRule rule;
  rule.width = lut[rank + 1];
  rule.result = indices;
  if (rule.width < 1) fail("lut has vectors of {} elements", rule.width);
  if (args.has("vector_axis")) rule.axis = args.axis("vector_axis", static_cast<int>(rank));
  if (rule.width == 1) return rule;
  if (!args.has("vector_axis")) fail("lut has vectors of {} elements, but there is no vector_axis", rule.width);
  int64_t& size = rule.result[static_cast<size_t>(rule.axis)];
  size = product({size, rule.width});
  product(rule.result);
  return rule;
}

Tensor looked_up(const LookupRule& rule, const Tensor& indices, const Tensor& lut) {
  Tensor dense(lut.dtype(), rule.result);
  const auto index = indices.as<uint8_t>();
  const int64_t entries = lut.shape()[indices.shape().size()];
  std::vector<int64_t> table(index.size());  // where the table of each index begins
  for_each_block(indices.shape(), lut.shape(), [&](int64_t begin, int64_t end, int64_t cell) {
    for (int64_t i = begin; i < end; ++i) table[static_cast<size_t>(i)] = cell * entries * rule.width;
  });
  with_element_type(lut.dtype(), [&](auto element) {
    using T = decltype(element);
    const T* from = lut.as<T>().data();
    T* to = dense.as<T>().data();
    for_each_index(rule, indices.shape(), [&](int64_t i, int64_t first, int64_t stride) {
      const auto at = static_cast<size_t>(i);
      if (index[at] >= entries) fail("index {} is outside of its table of {} entries", index[at], entries);
      const T* entry = from + table[at] + index[at] * rule.width;
      for (int64_t v = 0; v < rule.width; ++v) to[first + v * stride] = entry[v];
    });
  });
  return dense;
}

Tensor repeated(const LookupRule& rule, const Tensor& mask) {
  Tensor result(mask.dtype(), rule.result);
  const auto from = mask.as<uint8_t>();
  uint8_t* to = result.as<uint8_t>().data();
  for_each_index(rule, mask.shape(), [&](int64_t i, int64_t first, int64_t stride) {
    for (int64_t v = 0; v < rule.width; ++v) to[first + v * stride] = from[static_cast<size_t>(i)];
  });
  return result;
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/lookup.h"

#include "base/error.h"
#include "ops/shared/blocks.h"

namespace anemone {
namespace {

// The elements that index i stands for are first, first + stride ...
struct Elements {
  Elements(const LookupRule& rule, const ConcreteShape& indices) : width(rule.width) {
    for (size_t axis = static_cast<size_t>(rule.axis) + 1; axis < indices.size(); ++axis) stride *= indices[axis];
  }
  int64_t first(int64_t i) const { return i / stride * width * stride + i % stride; }

  int64_t width;
  int64_t stride = 1;
};

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

Tensor looked_up(const LookupRule& rule, const Tensor& indices, const Tensor& lut, int threads) {
  Tensor dense(lut.dtype(), rule.result);
  const Elements elements(rule, indices.shape());
  const uint8_t* index = indices.as<uint8_t>().data();
  const int64_t table_size = lut.shape()[indices.shape().size()] * rule.width;
  with_element_type(lut.dtype(), [&](auto element) {
    using T = decltype(element);
    const T* tables = lut.as<T>().data();
    T* to = dense.as<T>().data();
    const BlockGrid grid(indices.shape(), lut.shape());
    for_each_block(threads, indices.size(), grid, [&](int64_t begin, int64_t end, int64_t cell) {
      const T* table = tables + cell * table_size;
      if (rule.width == 1) {
        for (int64_t i = begin; i < end; ++i) to[i] = table[index[i]];
        return;
      }
      for (int64_t i = begin; i < end; ++i)
        for (int64_t v = 0; v < rule.width; ++v)
          to[elements.first(i) + v * elements.stride] = table[index[i] * rule.width + v];
    });
  });
  return dense;
}

Tensor repeated(const LookupRule& rule, const Tensor& mask) {
  Tensor result(mask.dtype(), rule.result);
  const Elements elements(rule, mask.shape());
  const auto from = mask.as<uint8_t>();
  uint8_t* to = result.as<uint8_t>().data();
  for (int64_t i = 0; i < mask.size(); ++i)
    for (int64_t v = 0; v < rule.width; ++v) to[elements.first(i) + v * elements.stride] = from[static_cast<size_t>(i)];
  return result;
}

}  // namespace anemone

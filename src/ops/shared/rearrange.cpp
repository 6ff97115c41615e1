// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/rearrange.h"

#include "base/error.h"
#include "ops/shared/movement.h"

namespace anemone {
namespace {

// The product of the sizes that are given.
int64_t given_product(const std::vector<int64_t>& sizes) {
  ConcreteShape given;
  for (const int64_t size : sizes)
    if (size != 0) given.push_back(size);
  return product(given);
}

Shape split_dims(const Rearrangement& how, const Shape& shape) {
  Shape split;
  for (size_t axis = 0; axis < 4; ++axis) {
    const int64_t given = given_product(how.split[axis]);
    const Dim left = shape[axis].divided_by(given);
    if (left.is_constant() && left * given != shape[axis])
      fail("axis {} has size {}, which is not a multiple of {}", axis, shape[axis].str(), given);
    for (const int64_t size : how.split[axis]) split.push_back(size == 0 ? left : Dim(size));
  }
  return split;
}

}  // namespace

int64_t BlockSize::area() const { return product({height, width}); }

BlockSize square_block(const Arguments& args, std::string_view name) {
  const int64_t size = args.integer(name);
  if (size < 1) fail("{} is {}", name, size);
  return {size, size};
}

Shape rearranged(const Rearrangement& how, const Shape& shape) {
  const Shape split = split_dims(how, shape);
  Shape result;
  size_t next = 0;
  for (const int count : how.joined) {
    Dim dim = 1;
    for (int i = 0; i < count; ++i) dim = dim * split[static_cast<size_t>(how.permutation[next++])];
    result.push_back(dim);
  }
  return result;
}

View rearranged(const Rearrangement& how, const View& view) {
  CHECK(view.rank() == 4);
  View split = view;
  for (int axis = 3; axis >= 0; --axis) {
    const auto at = static_cast<size_t>(axis);
    ConcreteShape sizes = how.split[at];
    for (int64_t& size : sizes)
      if (size == 0) size = view.shape[at] / given_product(how.split[at]);
    split = split_axis(split, axis, sizes);
  }
  return permuted(split, how.permutation);
}

std::vector<Type> infer_rearranged(const Arguments& args, const Rearrangement& how) {
  const Type& x = args.type("x");
  expect_rank(args, "x", 4);
  if (!x.ranked) return {Type::tensor(x.dtype, Shape(4, Dim::unknown()))};
  return {Type::tensor(x.dtype, rearranged(how, x.shape))};
}

void evaluate_rearranged(const Arguments& args, Results& results, const Rearrangement& how) {
  const Tensor& x = args.tensor("x");
  const ConcreteShape shape = infer_rearranged(args, how)[0].concrete();
  copy_elements(x, rearranged(how, whole(x.shape())), results.allocate(0, shape, x.dtype()), results.threads());
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// gather_along_axis: for every position of the indices, the element of x at that position with the index along the
// axis.
#include "ops/ops.h"
#include "ops/shared/indexing.h"
#include "ops/shared/movement.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const Type& indices = args.type("indices");
  if (!indices.ranked) return {Type::unranked(x.dtype)};
  if (!x.ranked) return {Type::tensor(x.dtype, indices.shape)};
  expect_rank(args, "indices", x.rank());
  const auto axis = static_cast<size_t>(args.axis("axis", x.rank()));
  validate_indices(args, {x.shape[axis]});
  Shape shape = indices.shape;
  for (size_t i = 0; i < shape.size(); ++i)
    if (i != axis) shape[i] = unified(shape[i], x.shape[i], static_cast<int>(i));
  return {Type::tensor(x.dtype, shape)};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const ConcreteShape& shape = args.tensor("indices").shape();
  const Indices indices(args.tensor("indices"));
  const auto axis = static_cast<size_t>(args.axis("axis", x.rank()));
  const int64_t size = x.shape()[axis];
  const int64_t count = shape[axis];
  const int64_t inner = elements_between(shape, axis + 1, shape.size());
  Tensor& to = results.allocate(0, shape, x.dtype());
  gather_rows(x, to, 1, results.threads(), [&](int64_t element) {
    const int64_t outer = element / (inner * count);
    return (outer * size + indices.reading(element, size)) * inner + element % inner;
  });
}

}  // namespace

void register_op_gather_along_axis(OpTable& table) {
  OpDefinition op;
  op.name = "gather_along_axis";
  op.signatures = {signature(5, "x: T=fp16|fp32|int32, indices: int32, axis: int32 const = 0"),
                   signature(6, "x: T=fp16|fp32|int32, indices: I=int32|uint16|int16, axis: int32 const = 0"),
                   signature(7,
                             "x: T=fp16|fp32|int32|int16|uint16|int8|uint8, indices: I=int32|int16|uint16|int8|uint8, "
                             "axis: int32 const = 0, validate_indices: bool const = false")};
  op.infer = infer;
  op.evaluate = compute;
  const Constant x = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  op.samples = {{{{"x", x}, {"indices", ints({1, 3}, {1, 0, 1})}, {"axis", 0}},
                 {floats({1, 3}, {4, 2, 6})},
                 "numpy 2 reference",
                 0,
                 0},
                {{{"x", x}, {"indices", ints({2, 2}, {-1, 0, 1, 1})}, {"axis", -1}},
                 {floats({2, 2}, {3, 1, 5, 5})},
                 "numpy 2 reference",
                 0,
                 5}};
  table.add(std::move(op));
}

}  // namespace anemone

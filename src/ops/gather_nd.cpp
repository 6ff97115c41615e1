// SPDX-License-Identifier: Apache-2.0
// gather_nd: the last axis of the indices holds coordinates into the axes of x that follow the batch axes; each finds
// one slice of x.
#include "ops/ops.h"
#include "ops/shared/indexing.h"
#include "ops/shared/movement.h"

namespace anemone {
namespace {

size_t batch_axes(const Arguments& args, int indices_rank) {
  const int64_t given = args.opset() < 6 ? 0 : args.integer("batch_dims");
  const int64_t batch = given < 0 ? given + indices_rank : given;
  if (batch < 0 || batch >= indices_rank) fail("batch_dims is {}, indices have rank {}", given, indices_rank);
  return static_cast<size_t>(batch);
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const Type& indices = args.type("indices");
  if (indices.ranked && indices.rank() == 0) fail("indices is a scalar");
  if (!x.ranked || !indices.ranked || !indices.shape.back().is_constant()) return {Type::unranked(x.dtype)};
  const size_t batch = batch_axes(args, indices.rank());
  const int64_t depth = indices.shape.back().value();
  if (depth < 0 || depth > x.rank() - static_cast<int64_t>(batch))
    fail("indices have {} coordinates, x has rank {} and batch_dims is {}", depth, x.rank(), batch);
  const auto rest = x.shape.begin() + static_cast<std::ptrdiff_t>(batch) + depth;
  validate_indices(args, Shape(x.shape.begin() + static_cast<std::ptrdiff_t>(batch), rest));
  Shape shape(indices.shape.begin(), indices.shape.end() - 1);
  for (size_t i = 0; i < batch; ++i) shape[i] = unified(shape[i], x.shape[i], static_cast<int>(i));
  shape.insert(shape.end(), rest, x.shape.end());
  return {Type::tensor(x.dtype, shape)};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const Tensor& given = args.tensor("indices");
  const Indices indices(given);
  const size_t batch = batch_axes(args, given.rank());
  const int64_t depth = given.shape().back();
  const size_t rest = batch + static_cast<size_t>(depth);
  const int64_t inner = elements_between(x.shape(), rest, x.shape().size());
  const int64_t count = elements_between(given.shape(), batch, given.shape().size() - 1);
  Tensor& to = results.allocate(0, infer(args)[0].concrete(), x.dtype());
  gather_rows(x, to, inner, results.threads(), [&](int64_t row) {
    int64_t offset = row / count;
    for (int64_t i = 0; i < depth; ++i) {
      const int64_t size = x.shape()[batch + static_cast<size_t>(i)];
      offset = offset * size + indices.reading(row * depth + i, size);
    }
    return offset * inner;
  });
}

}  // namespace

void register_op_gather_nd(OpTable& table) {
  OpDefinition op;
  op.name = "gather_nd";
  op.signatures = {signature(5, "x: T=fp16|fp32|int32, indices: int32"),
                   signature(6, "x: T=fp16|fp32|int32, indices: I=int32|uint16|int16, batch_dims: int32 const = 0"),
                   signature(7,
                             "x: T=fp16|fp32|int32|int16|uint16|int8|uint8, indices: I=int32|int16|uint16|int8|uint8, "
                             "batch_dims: int32 const = 0, validate_indices: bool const = false")};
  op.infer = infer;
  op.evaluate = compute;
  const Constant x = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  op.samples = {
      {{{"x", x}, {"indices", ints({2, 2}, {1, 2, 0, 1})}}, {floats({2}, {6, 2})}, "by hand", 0, 0},
      {{{"x", x}, {"indices", ints({1, 1}, {-1})}}, {floats({1, 3}, {4, 5, 6})}, "by hand", 0, 5},
      {{{"x", x}, {"indices", ints({2, 1}, {2, 0})}, {"batch_dims", 1}}, {floats({2}, {3, 4})}, "by hand", 0, 6}};
  table.add(std::move(op));
}

}  // namespace anemone

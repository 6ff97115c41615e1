// SPDX-License-Identifier: Apache-2.0
// gather: slices of x along an axis, in the order of the indices; the first batch_dims axes of both go together.
#include "ops/ops.h"
#include "ops/shared/indexing.h"
#include "ops/shared/movement.h"

namespace anemone {
namespace {

struct Axes {
  size_t axis, batch;
};

Axes axes_of(const Arguments& args, int x_rank, int indices_rank) {
  const int axis = args.axis("axis", x_rank);
  const int64_t given = args.opset() < 6 ? 0 : args.integer("batch_dims");
  const int64_t batch = given < 0 ? given + indices_rank : given;
  if (batch < 0 || batch > indices_rank || batch > axis)
    fail("batch_dims is {}, but the axis is {} and indices have rank {}", given, axis, indices_rank);
  return {static_cast<size_t>(axis), static_cast<size_t>(batch)};
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const Type& indices = args.type("indices");
  if (!x.ranked || !indices.ranked) return {Type::unranked(x.dtype)};
  const auto [axis, batch] = axes_of(args, x.rank(), indices.rank());
  validate_indices(args, {x.shape[axis]});
  Shape shape;
  for (size_t i = 0; i < axis; ++i)
    shape.push_back(i < batch ? unified(x.shape[i], indices.shape[i], static_cast<int>(i)) : x.shape[i]);
  shape.insert(shape.end(), indices.shape.begin() + static_cast<std::ptrdiff_t>(batch), indices.shape.end());
  shape.insert(shape.end(), x.shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.shape.end());
  return {Type::tensor(x.dtype, shape)};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const Tensor& given = args.tensor("indices");
  const Indices indices(given);
  const auto [axis, batch] = axes_of(args, x.rank(), given.rank());
  const int64_t size = x.shape()[axis];
  const int64_t middle = elements_between(x.shape(), batch, axis);
  const int64_t inner = elements_between(x.shape(), axis + 1, x.shape().size());
  const int64_t count = elements_between(given.shape(), batch, given.shape().size());
  Tensor& to = results.allocate(0, infer(args)[0].concrete(), x.dtype());
  gather_rows(x, to, inner, results.threads(), [&](int64_t row) {
    const int64_t outer = row / count;  // batch and middle axes together
    return (outer * size + indices.reading(outer / middle * count + row % count, size)) * inner;
  });
}

// One list of indices along one axis; a single one that is known counts as a list of one.
std::optional<AxesStatement> axes(const Arguments& args) {
  const int indices_rank = args.type("indices").rank();
  const auto [axis, batch] = axes_of(args, args.type("x").rank(), indices_rank);
  const Constant* known = args.constant("indices");
  if (batch != 0 || indices_rank > 1 || (indices_rank == 0 && !known)) return std::nullopt;
  AxesStatement statement;
  const std::string letters = axis_letters(args.type("x").rank());
  statement.operands = {{"x", 0, letters}};
  statement.along = letters[axis];
  statement.outputs = {letters};
  if (indices_rank == 0) statement.outputs[0].erase(axis, 1);
  std::optional<Constant> list;
  if (indices_rank == 0) list = known->reshaped({1});
  statement.arguments = [letter = letters[axis], list](const AxisOf& axis_of, int) {
    std::vector<Arg> args_now = {{"axis", axis_of(letter)}};
    if (list) args_now.emplace_back("indices", *list);
    return args_now;
  };
  return statement;
}

}  // namespace

void register_op_gather(OpTable& table) {
  OpDefinition op;
  op.name = "gather";
  op.signatures = {
      signature(5, "x: T=fp16|fp32|int32, indices: int32, axis: int32 const = 0"),
      signature(6,
                "x: T=fp16|fp32|int32, indices: I=int32|uint16|int16, axis: int32 const = 0, "
                "batch_dims: int32 const = 0"),
      signature(7,
                "x: T=fp16|fp32|int32|int16|uint16|int8|uint8, indices: I=int32|int16|uint16|int8|uint8, "
                "axis: int32 const = 0, batch_dims: int32 const = 0, validate_indices: bool const = false")};
  op.infer = infer;
  op.evaluate = compute;
  op.axes = axes;
  const Constant x = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  op.samples = {{{{"x", x}, {"indices", {1, 0, 1}}}, {floats({3, 3}, {4, 5, 6, 1, 2, 3, 4, 5, 6})}, "by hand", 0, 0},
                {{{"x", x}, {"indices", ints({1, 2}, {-1, 0})}, {"axis", -1}},
                 {floats({2, 1, 2}, {3, 1, 6, 4})},
                 "by hand",
                 0,
                 5},
                {{{"x", x}, {"indices", 2}, {"axis", 1}}, {floats({2}, {3, 6})}, "by hand", 0, 0},
                {{{"x", x}, {"indices", ints({2, 2}, {2, 0, 1, 1})}, {"axis", 1}, {"batch_dims", 1}},
                 {floats({2, 2}, {3, 1, 5, 5})},
                 "by hand",
                 0,
                 6}};
  table.add(std::move(op));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// space_to_batch: x padded with zeros, then blocks in space become batches, batch = (y, x, n).
#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/space_batch.h"

namespace anemone {
namespace {

Rearrangement how(const BlockSize& block) {
  return {{{{0}, {0}, {0, block.height}, {0, block.width}}}, {3, 5, 0, 1, 2, 4}, {3, 1, 1, 1}};
}

Shape padded(Shape shape, const Margins4& margins) {
  shape[2] = shape[2] + margins[0] + margins[1];
  shape[3] = shape[3] + margins[2] + margins[3];
  return shape;
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const Rearrangement order = how(block_shape(args));
  const Margins4 margins = block_margins(args, "paddings");
  expect_rank(args, "x", 4);
  if (!x.ranked) return {Type::tensor(x.dtype, Shape(4, Dim::unknown()))};
  return {Type::tensor(x.dtype, rearranged(order, padded(x.shape, margins)))};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const Margins4 margins = block_margins(args, "paddings");
  Tensor wide(x.dtype(), Type::tensor(x.dtype(), padded(x.type().shape, margins)).concrete());
  fill_elements(wide, converted(Tensor::scalar(0.0F), x.dtype()));
  View inside = sliced(whole(wide.shape()), 2, margins[0], x.shape()[2]);
  inside = sliced(inside, 3, margins[2], x.shape()[3]);
  copy_elements(x, whole(x.shape()), wide, inside, results.threads());
  Tensor& to = results.allocate(0, infer(args)[0].concrete(), x.dtype());
  copy_elements(wide, rearranged(how(block_shape(args)), whole(wide.shape())), to, results.threads());
}

}  // namespace

void register_op_space_to_batch(OpTable& table) {
  OpDefinition op;
  op.name = "space_to_batch";
  op.signatures = {signature(5, "x: T=fp16|fp32, block_shape: int32 const, paddings: int32 const")};
  op.infer = infer;
  op.evaluate = compute;
  op.samples = {{{{"x", floats({1, 1, 2, 3}, {1, 2, 3, 4, 5, 6})},
                  {"block_shape", {2, 2}},
                  {"paddings", ints({2, 2}, {0, 0, 1, 0})}},
                 {floats({4, 1, 1, 2}, {0, 2, 1, 3, 0, 5, 4, 6})},
                 "by hand",
                 0,
                 0}};
  table.add(std::move(op));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// batch_to_space: batches become blocks in space, batch = (y, x, n), then the margins are cropped: undoes
// space_to_batch.
#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/space_batch.h"

namespace anemone {
namespace {

Rearrangement how(const BlockSize& block) {
  return {{{{block.height, block.width, 0}, {0}, {0}, {0}}}, {2, 3, 4, 0, 5, 1}, {1, 1, 2, 2}};
}

Dim cropped(const Dim& size, int64_t before, int64_t after) {
  const Dim rest = size - before - after;
  if (rest.is_constant() && rest.value() < 0) fail("crops take {} and {} off size {}", before, after, size.str());
  return rest;
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const Rearrangement order = how(block_shape(args));
  const Margins4 margins = block_margins(args, "crops");
  expect_rank(args, "x", 4);
  if (!x.ranked) return {Type::tensor(x.dtype, Shape(4, Dim::unknown()))};
  Shape shape = rearranged(order, x.shape);
  shape[2] = cropped(shape[2], margins[0], margins[1]);
  shape[3] = cropped(shape[3], margins[2], margins[3]);
  return {Type::tensor(x.dtype, shape)};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const Rearrangement order = how(block_shape(args));
  const Margins4 margins = block_margins(args, "crops");
  const ConcreteShape shape = infer(args)[0].concrete();
  Tensor wide(x.dtype(), Type::tensor(x.dtype(), rearranged(order, x.type().shape)).concrete());
  copy_elements(x, rearranged(order, whole(x.shape())), wide, results.threads());
  const View inside = sliced(sliced(whole(wide.shape()), 2, margins[0], shape[2]), 3, margins[2], shape[3]);
  copy_elements(wide, inside, results.allocate(0, shape, x.dtype()), results.threads());
}

}  // namespace

void register_op_batch_to_space(OpTable& table) {
  OpDefinition op;
  op.name = "batch_to_space";
  op.signatures = {signature(5, "x: T=fp16|fp32, block_shape: int32 const, crops: int32 const")};
  op.infer = infer;
  op.evaluate = compute;
  op.samples = {{{{"x", floats({4, 1, 1, 2}, {0, 2, 1, 3, 0, 5, 4, 6})},
                  {"block_shape", {2, 2}},
                  {"crops", ints({2, 2}, {0, 0, 1, 0})}},
                 {floats({1, 1, 2, 3}, {1, 2, 3, 4, 5, 6})},
                 "by hand",
                 0,
                 0}};
  table.add(std::move(op));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// depth_to_space: blocks of channels become blocks in space; channel = (y, x, c).
#include "ops/ops.h"
#include "ops/shared/rearrange.h"

namespace anemone {
namespace {

Rearrangement how(const Arguments& args) {
  const BlockSize block = square_block(args, "block_size");
  return {{{{0}, {block.height, block.width, 0}, {0}, {0}}}, {0, 3, 4, 1, 5, 2}, {1, 1, 2, 2}};
}

}  // namespace

void register_op_depth_to_space(OpTable& table) {
  OpDefinition op;
  op.name = "depth_to_space";
  op.signatures = {signature(5, "x: T=fp16|fp32, block_size: int32 const")};
  op.infer = [](const Arguments& args) { return infer_rearranged(args, how(args)); };
  op.evaluate = [](const Arguments& args, Results& results) { evaluate_rearranged(args, results, how(args)); };
  op.samples = {
      {{{"x", floats({1, 8, 1, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})}, {"block_size", 2}},
       {floats({1, 2, 2, 4}, {0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15})},
       "index formula in numpy",
       0,
       0}};
  table.add(std::move(op));
}

}  // namespace anemone

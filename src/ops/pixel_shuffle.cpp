// SPDX-License-Identifier: Apache-2.0
// pixel_shuffle: as depth_to_space, but channel = (c, y, x).
#include "ops/ops.h"
#include "ops/shared/rearrange.h"

namespace anemone {
namespace {

Rearrangement how(const Arguments& args) {
  const BlockSize block = square_block(args, "upscale_factor");
  return {{{{0}, {0, block.height, block.width}, {0}, {0}}}, {0, 1, 4, 2, 5, 3}, {1, 1, 2, 2}};
}

}  // namespace

void register_op_pixel_shuffle(OpTable& table) {
  OpDefinition op;
  op.name = "pixel_shuffle";
  op.signatures = {signature(5, "x: T=fp16|fp32, upscale_factor: int32 const")};
  op.infer = [](const Arguments& args) { return infer_rearranged(args, how(args)); };
  op.evaluate = [](const Arguments& args, Results& results) { evaluate_rearranged(args, results, how(args)); };
  op.samples = {
      {{{"x", floats({1, 8, 1, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})}, {"upscale_factor", 2}},
       {floats({1, 2, 2, 4}, {0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15})},
       "PyTorch 2.13",
       0,
       0}};
  table.add(std::move(op));
}

}  // namespace anemone

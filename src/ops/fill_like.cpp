// SPDX-License-Identifier: Apache-2.0
// fill_like: a tensor of the shape of ref_tensor with one value everywhere; its element type is the value's.
#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/view.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  Type result = args.type("ref_tensor");
  result.dtype = args.has("value") ? args.type("value").dtype : DType::kFloat32;
  return {result};
}

void compute(const Arguments& args, Results& results) {
  const Tensor value = args.has("value") ? args.tensor("value") : Tensor::scalar(0.0F);
  if (value.size() != 1) fail("value must be one number");
  fill_elements(results.allocate(0, args.tensor("ref_tensor").shape(), value.dtype()), value);
}

}  // namespace

void register_op_fill_like(OpTable& table) {
  OpDefinition op;
  op.name = "fill_like";
  op.signatures = {signature(6, "ref_tensor: T=fp16|fp32|int32|bool, value: U=fp16|fp32|int32|bool const = 0.0")};
  op.infer = infer;
  op.evaluate = compute;
  op.samples = {{{{"ref_tensor", floats({1, 2}, {5, 6})}, {"value", 3}}, {ints({1, 2}, {3, 3})}, "by hand", 0, 0},
                {{{"ref_tensor", ints({2}, {5, 6})}}, {floats({2}, {0, 0})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

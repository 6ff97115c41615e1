// SPDX-License-Identifier: Apache-2.0
// slice_by_index: x[begin:end:stride] along every axis; see shared/slicing.h.
#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/slicing.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  if (!x.ranked) return {Type::unranked(x.dtype)};
  return {Type::tensor(x.dtype, SliceRegion(args, x.rank()).dims(x.shape))};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const SliceRegion region(args, x.rank());
  const View view = region.view(x.shape());
  copy_elements(x, view, results.allocate(0, region.result_shape(view), x.dtype()), results.threads());
}

std::optional<AxesStatement> axes(const Arguments& args) {
  return SliceRegion(args, args.type("x").rank()).axes(args.type("x").shape);
}

}  // namespace

void register_op_slice_by_index(OpTable& table) {
  OpDefinition op;
  op.name = "slice_by_index";
  op.signatures = movement_signatures(
      "begin: int32, end: int32, stride: int32 const ?, begin_mask: bool const ?, end_mask: bool const ?, "
      "squeeze_mask: bool const ?",
      "begin: U=int8|int16|int32, end: U, stride: U const ?, begin_mask: bool const ?, end_mask: bool const ?, "
      "squeeze_mask: bool const ?");
  op.infer = infer;
  op.evaluate = compute;
  op.axes = axes;
  const Constant x = floats({2, 4}, {0, 1, 2, 3, 4, 5, 6, 7});
  op.samples = {
      {{{"x", x}, {"begin", {0, -3}}, {"end", {2, -1}}}, {floats({2, 2}, {1, 2, 5, 6})}, "numpy 2 reference", 0, 0},
      {{{"x", x},
        {"begin", {1, 3}},
        {"end", {0, 0}},
        {"stride", {1, -2}},
        {"end_mask", bools({2}, {false, true})},
        {"squeeze_mask", bools({2}, {true, false})}},
       {floats({2}, {7, 5})},
       "numpy 2 reference",
       0,
       0},
      {{{"x", ints({3}, {1, 2, 3})}, {"begin", {-1}}, {"end", {0}}, {"squeeze_mask", bools({1}, {true})}},
       {ints({}, {3})},
       "by hand",
       0,
       0}};
  table.add(std::move(op));
}

}  // namespace anemone

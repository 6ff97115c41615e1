// SPDX-License-Identifier: Apache-2.0
// slice_update: a copy of x in which the region of slice_by_index is replaced by `update`.
#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/slicing.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const Type& update = args.type("update");
  if (!x.ranked || !update.ranked) return {x};
  if (update.rank() == 0) fail("update is a scalar");
  const Shape region = SliceRegion(args, x.rank()).dims(x.shape);
  if (!compatible(Type::tensor(x.dtype, region), update))
    fail("update has type {}, the region {}", update.str(), Type::tensor(x.dtype, region).str());
  return {x};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const Tensor& update = args.tensor("update");
  const SliceRegion region(args, x.rank());
  const View write = region.view(x.shape());
  if (region.result_shape(write) != update.shape())
    fail("update has shape {}, the region {}", to_string(update.shape()), to_string(region.result_shape(write)));
  Tensor& to = results.allocate(0, x.shape(), x.dtype());
  copy_elements(x, whole(x.shape()), to, results.threads());
  copy_elements(update, whole(write.shape), to, write, results.threads());
}

}  // namespace

void register_op_slice_update(OpTable& table) {
  OpDefinition op;
  op.name = "slice_update";
  op.signatures = {
      signature(8, fmt::format("x: T={}, update: T, begin: U=int8|int16|int32, end: U, stride: U const ?, "
                               "begin_mask: bool const ?, end_mask: bool const ?, squeeze_mask: bool const ?",
                               kMovedSince7))};
  op.infer = infer;
  op.evaluate = compute;
  op.samples = {{{{"x", floats({2, 3}, {1, 2, 3, 4, 5, 6})},
                  {"update", floats({2, 1}, {8, 9})},
                  {"begin", {0, 1}},
                  {"end", {2, 2}}},
                 {floats({2, 3}, {1, 8, 3, 4, 9, 6})},
                 "by hand",
                 0,
                 0},
                {{{"x", ints({2, 2}, {1, 2, 3, 4})},
                  {"update", ints({2}, {7, 8})},
                  {"begin", {-1, 0}},
                  {"end", {0, 0}},
                  {"end_mask", bools({2}, {false, true})},
                  {"squeeze_mask", bools({2}, {true, false})}},
                 {ints({2, 2}, {1, 2, 7, 8})},
                 "by hand",
                 0,
                 0}};
  table.add(std::move(op));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// reverse: x with the order along the listed axes, or all axes, reversed.
#include <numeric>

#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/view.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  if (x.ranked && args.has("axes")) args.axes("axes", x.rank());  // checks them
  return {x};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  std::vector<int> axes(static_cast<size_t>(x.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  if (args.has("axes")) axes = args.axes("axes", x.rank());
  View view = whole(x.shape());
  for (const int axis : axes) {
    const int64_t size = view.shape[static_cast<size_t>(axis)];
    view = sliced(view, axis, size - 1, size, -1);
  }
  copy_elements(x, view, results.allocate(0, x.shape(), x.dtype()), results.threads());
}

}  // namespace

void register_op_reverse(OpTable& table) {
  OpDefinition op;
  op.name = "reverse";
  op.signatures = movement_signatures("axes: int32 const ?");
  op.infer = infer;
  op.evaluate = compute;
  const Constant x = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  op.samples = {{{{"x", x}}, {floats({2, 3}, {6, 5, 4, 3, 2, 1})}, "by hand", 0, 0},
                {{{"x", x}, {"axes", {-1}}}, {floats({2, 3}, {3, 2, 1, 6, 5, 4})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// sliding_windows: all windows of `size` elements along an axis, `stride` apart; a window's elements form a new axis
// right behind it.
#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/view.h"

namespace anemone {
namespace {

// Windows on an axis. Only an axis moved in single steps has a count when its size is not known.
Dim window_count(const Dim& length, int64_t size, int64_t stride) {
  if (length.is_constant() && length.value() < size) fail("windows of {} do not fit size {}", size, length.str());
  return stride == 1 || length.is_constant() ? (length - size).divided_by(stride) + 1 : Dim::unknown();
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const int64_t size = args.integer("size");
  const int64_t stride = args.integer("stride");
  if (size < 1 || stride < 1) fail("size is {} and stride is {}, expected at least 1", size, stride);
  if (!x.ranked) return {Type::unranked(x.dtype)};
  const int axis = args.axis("axis", x.rank());
  Shape shape = x.shape;
  Dim& length = shape[static_cast<size_t>(axis)];
  length = window_count(length, size, stride);
  shape.insert(shape.begin() + axis + 1, size);
  return {Type::tensor(x.dtype, shape)};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const int axis = args.axis("axis", x.rank());
  const auto at = static_cast<size_t>(axis);
  const ConcreteShape shape = infer(args)[0].concrete();
  const View all = whole(x.shape());
  const View windows = sliced(all, axis, 0, shape[at], args.integer("stride"));
  copy_elements(x, inserted(windows, axis + 1, shape[at + 1], all.strides[at]), results.allocate(0, shape, x.dtype()),
                results.threads());
}

}  // namespace

void register_op_sliding_windows(OpTable& table) {
  OpDefinition op;
  op.name = "sliding_windows";
  const std::string rest = ", axis: int32 const, size: int32 const, stride: int32 const = 1";
  op.signatures = {signature(5, "x: T=fp16|fp32|int32" + rest),
                   signature(7, fmt::format("x: T={}{}", kMovedSince7, rest))};
  op.infer = infer;
  op.evaluate = compute;
  op.samples = {{{{"x", floats({4}, {1, 2, 3, 4})}, {"axis", 0}, {"size", 2}},
                 {floats({3, 2}, {1, 2, 2, 3, 3, 4})},
                 "by hand",
                 0,
                 0},
                {{{"x", ints({5, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})}, {"axis", 0}, {"size", 3}, {"stride", 2}},
                 {ints({2, 3, 2}, {1, 2, 3, 4, 5, 6, 5, 6, 7, 8, 9, 10})},
                 "numpy 2 reference",
                 0,
                 0}};
  table.add(std::move(op));
}

}  // namespace anemone

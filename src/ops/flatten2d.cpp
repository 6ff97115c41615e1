// SPDX-License-Identifier: Apache-2.0
// flatten2d: the axes before `axis` as rows, the others as columns.
#include "ops/ops.h"
#include "ops/shared/movement.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  if (!x.ranked) return {Type::tensor(x.dtype, Shape(2, Dim::unknown()))};
  const int64_t given = args.integer("axis");
  const int64_t axis = given < 0 ? given + x.rank() : given;
  if (axis < 0 || axis > x.rank()) fail("axis {} is out of range for rank {}", given, x.rank());
  Shape shape = {1, 1};
  for (size_t i = 0; i < x.shape.size(); ++i) {
    Dim& dim = shape[static_cast<int64_t>(i) < axis ? 0 : 1];
    dim = dim * x.shape[i];
  }
  return {Type::tensor(x.dtype, shape)};
}

}  // namespace

void register_op_flatten2d(OpTable& table) {
  OpDefinition op;
  op.name = "flatten2d";
  op.signatures = {signature(5, fmt::format("x: T={}, axis: int32 const = 1", kMovedBefore7))};
  op.infer = infer;
  op.view_of = "x";
  op.evaluate = [](const Arguments& args, Results& results) { set_reshaped(args, results, infer(args)); };
  const Constant x = floats({2, 1, 2}, {1, 2, 3, 4});
  op.samples = {{{{"x", x}}, {floats({2, 2}, {1, 2, 3, 4})}, "by hand", 0, 0},
                {{{"x", x}, {"axis", -3}}, {floats({1, 4}, {1, 2, 3, 4})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

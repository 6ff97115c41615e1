// SPDX-License-Identifier: Apache-2.0
// expand_dims: new axes of size 1 at positions that refer to the result.
#include "ops/ops.h"
#include "ops/shared/movement.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  if (!x.ranked) return {Type::unranked(x.dtype)};
  const size_t added = args.integers("axes").size();
  std::vector<bool> is_new(x.shape.size() + added);
  for (const int axis : args.axes("axes", static_cast<int>(is_new.size()))) {
    if (is_new[static_cast<size_t>(axis)]) fail("axes names axis {} twice", axis);
    is_new[static_cast<size_t>(axis)] = true;
  }
  Shape shape;
  size_t next = 0;
  for (const bool fresh : is_new) shape.push_back(fresh ? Dim(1) : x.shape[next++]);
  return {Type::tensor(x.dtype, shape)};
}

}  // namespace

void register_op_expand_dims(OpTable& table) {
  OpDefinition op;
  op.name = "expand_dims";
  op.signatures = movement_signatures("axes: int32 const");
  op.infer = infer;
  op.view_of = "x";
  op.evaluate = [](const Arguments& args, Results& results) { set_reshaped(args, results, infer(args)); };
  op.samples = {
      {{{"x", floats({2, 2}, {1, 2, 3, 4})}, {"axes", {-1, 0}}}, {floats({1, 2, 2, 1}, {1, 2, 3, 4})}, "by hand", 0, 0},
      {{{"x", ints({}, {7})}, {"axes", {0}}}, {ints({1}, {7})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

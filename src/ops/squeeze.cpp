// SPDX-License-Identifier: Apache-2.0
// squeeze: drops the listed axes of size 1, or all axes of size 1.
#include "ops/ops.h"
#include "ops/shared/movement.h"

namespace anemone {
namespace {

// Axes that are named, or all of them. One of another size than 1 stays, as in coremltools (and PyTorch).
std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  if (!x.ranked) return {Type::unranked(x.dtype)};
  std::vector<bool> named(x.shape.size(), !args.has("axes"));
  if (args.has("axes"))
    for (const int axis : args.axes("axes", x.rank())) named[static_cast<size_t>(axis)] = true;
  Shape shape;
  for (size_t i = 0; i < named.size(); ++i) {
    if (named[i] && !x.shape[i].is_constant()) return {Type::unranked(x.dtype)};
    if (!named[i] || !provably_equal(x.shape[i], 1)) shape.push_back(x.shape[i]);
  }
  return {Type::tensor(x.dtype, shape)};
}

}  // namespace

void register_op_squeeze(OpTable& table) {
  OpDefinition op;
  op.name = "squeeze";
  op.signatures = movement_signatures("axes: int32 const ?");
  op.infer = infer;
  op.view_of = "x";
  op.evaluate = [](const Arguments& args, Results& results) { set_reshaped(args, results, infer(args)); };
  op.samples = {{{{"x", floats({1, 2, 1}, {1, 2})}, {"axes", {-1}}}, {floats({1, 2}, {1, 2})}, "by hand", 0, 0},
                {{{"x", floats({1, 2, 1}, {1, 2})}}, {floats({2}, {1, 2})}, "by hand", 0, 0},
                {{{"x", floats({1, 2}, {1, 2})}, {"axes", {0, 1}}}, {floats({2}, {1, 2})}, "coremltools 9", 0, 0},
                {{{"x", ints({1}, {3})}}, {ints({}, {3})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

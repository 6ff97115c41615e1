// SPDX-License-Identifier: Apache-2.0
// squeeze: drops the listed axes, which have size 1, or all axes of size 1.
#include "ops/ops.h"
#include "ops/shared/movement.h"

namespace anemone {
namespace {

std::vector<bool> listed_axes(const Arguments& args, const Type& x) {
  std::vector<bool> dropped(x.shape.size());
  for (const int axis : args.axes("axes", x.rank())) {
    const Dim& dim = x.shape[static_cast<size_t>(axis)];
    if (provably_different(dim, 1)) fail("axis {} has size {}, not 1", axis, dim.str());
    dropped[static_cast<size_t>(axis)] = true;
  }
  return dropped;
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  if (!x.ranked) return {Type::unranked(x.dtype)};
  std::vector<bool> dropped(x.shape.size());
  if (args.has("axes")) {
    dropped = listed_axes(args, x);
  } else {
    for (size_t i = 0; i < dropped.size(); ++i) {
      if (x.shape[i].is_unknown()) return {Type::unranked(x.dtype)};
      dropped[i] = provably_equal(x.shape[i], 1);
    }
  }
  Shape shape;
  for (size_t i = 0; i < dropped.size(); ++i)
    if (!dropped[i]) shape.push_back(x.shape[i]);
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
                {{{"x", ints({1}, {3})}}, {ints({}, {3})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

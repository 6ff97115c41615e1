// SPDX-License-Identifier: Apache-2.0
// transpose: axis i of the result is axis perm[i] of x.
#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/view.h"

namespace anemone {
namespace {

std::vector<int> permutation(const Arguments& args, int rank) {
  std::vector<int> axes = args.axes("perm", rank);
  if (static_cast<int>(axes.size()) != rank) fail("perm has {} axes, x has rank {}", axes.size(), rank);
  std::vector<bool> used(axes.size());
  for (const int axis : axes) {
    if (used[static_cast<size_t>(axis)]) fail("perm names axis {} twice", axis);
    used[static_cast<size_t>(axis)] = true;
  }
  return axes;
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  if (!x.ranked) return {Type::tensor(x.dtype, Shape(args.integers("perm").size(), Dim::unknown()))};
  Shape shape;
  for (const int axis : permutation(args, x.rank())) shape.push_back(x.shape[static_cast<size_t>(axis)]);
  return {Type::tensor(x.dtype, shape)};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const View view = permuted(whole(x.shape()), permutation(args, x.rank()));
  copy_elements(x, view, results.allocate(0, view.shape, x.dtype()), results.threads());
}

AxesStatement axes(const Arguments& args) {
  AxesStatement statement;
  const std::string letters = axis_letters(args.type("x").rank());
  statement.operands = {{"x", 0, letters}};
  statement.outputs = {""};
  for (const int axis : permutation(args, args.type("x").rank()))
    statement.outputs[0] += letters[static_cast<size_t>(axis)];
  statement.moves = true;
  return statement;
}

}  // namespace

void register_op_transpose(OpTable& table) {
  OpDefinition op;
  op.name = "transpose";
  op.signatures = movement_signatures("perm: int32 const");
  op.infer = infer;
  op.evaluate = compute;
  op.axes = axes;
  op.samples = {{{{"x", floats({2, 3}, {1, 2, 3, 4, 5, 6})}, {"perm", {-1, 0}}},
                 {floats({3, 2}, {1, 4, 2, 5, 3, 6})},
                 "by hand",
                 0,
                 0},
                {{{"x", ints({2, 1, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7})}, {"perm", {3, 1, 0, 2}}},
                 {ints({2, 1, 2, 2}, {0, 2, 4, 6, 1, 3, 5, 7})},
                 "by hand",
                 0,
                 0}};
  table.add(std::move(op));
}

}  // namespace anemone

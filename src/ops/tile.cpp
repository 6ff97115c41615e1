// SPDX-License-Identifier: Apache-2.0
// tile: x repeated reps[i] times along axis i.
#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/view.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  expect_rank(args, "reps", 1);
  const auto reps = args.known_integers("reps");
  if (!x.ranked) return {Type::unranked(x.dtype)};
  if (!reps) return {Type::tensor(x.dtype, Shape(x.shape.size(), Dim::unknown()))};
  if (reps->size() != x.shape.size()) fail("reps has {} entries, x has rank {}", reps->size(), x.rank());
  Shape shape;
  for (size_t i = 0; i < reps->size(); ++i) {
    if ((*reps)[i] < 1) fail("reps has the entry {}", (*reps)[i]);
    shape.push_back(x.shape[i] * (*reps)[i]);
  }
  return {Type::tensor(x.dtype, shape)};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const ConcreteShape shape = infer(args)[0].concrete();
  const std::vector<int64_t> reps = args.integers("reps");
  View read = whole(x.shape());
  for (size_t i = 0; i < reps.size(); ++i) read = inserted(read, static_cast<int>(2 * i), reps[i]);
  copy_elements(x, read, results.allocate(0, shape, x.dtype()), results.threads());
}

// Repeating an axis of size 1 is what broadcasting does anyway.
std::optional<AxesStatement> axes(const Arguments& args) {
  const auto reps = args.known_integers("reps");
  const Type& x = args.type("x");
  for (size_t i = 0; i < x.shape.size(); ++i)
    if (!reps || ((*reps)[i] != 1 && x.shape[i] != Dim(1))) return std::nullopt;
  AxesStatement statement;
  statement.operands = {{"x", 0, axis_letters(x.rank())}};
  statement.outputs = {axis_letters(x.rank())};
  statement.moves = true;
  return statement;
}

}  // namespace

void register_op_tile(OpTable& table) {
  OpDefinition op;
  op.name = "tile";
  op.signatures = {signature(5, fmt::format("x: T={}, reps: int32", kMovedBefore7))};
  op.infer = infer;
  op.evaluate = compute;
  op.axes = axes;
  op.samples = {
      {{{"x", floats({1, 2}, {1, 2})}, {"reps", {2, 2}}}, {floats({2, 4}, {1, 2, 1, 2, 1, 2, 1, 2})}, "by hand", 0, 0},
      {{{"x", ints({2, 1}, {1, 2})}, {"reps", {1, 3}}}, {ints({2, 3}, {1, 1, 1, 2, 2, 2})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

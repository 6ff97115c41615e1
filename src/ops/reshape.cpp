// SPDX-License-Identifier: Apache-2.0
// reshape: the same elements in another shape. In the target, one -1 takes what is left; 0 copies a dimension of x: the
// one at the same position (before CoreML7, ranks must agree), or counted from the right, 1 where x has none (since).
#include <algorithm>

#include "ops/ops.h"
#include "ops/shared/movement.h"

namespace anemone {
namespace {

// The dimension of x that a 0 at `position` of a target of `rank` copies; -1 when there is none.
int copied_axis(int opset, int position, int rank, int x_rank) {
  if (opset >= 7) return std::max(-1, position - rank + x_rank);
  if (rank != x_rank) fail("shape has a 0, so its length {} must be the rank {} of x", rank, x_rank);
  return position;
}

// Removes from both lists what is provably the same length, then multiplies the rest.
std::pair<Dim, Dim> remaining_products(Shape source, const Shape& target) {
  Dim wanted = 1;
  for (const Dim& dim : target) {
    const auto same = std::find_if(source.begin(), source.end(), [&](const Dim& d) { return provably_equal(d, dim); });
    if (same != source.end() && !(dim == Dim(0)))
      source.erase(same);
    else
      wanted = wanted * dim;
  }
  Dim available = 1;
  for (const Dim& dim : source) available = available * dim;
  return {available, wanted};
}

// The dimension behind -1.
Dim left_over(const Dim& available, const Dim& wanted) {
  if (!wanted.is_constant() || available.is_unknown()) return Dim::unknown();
  if (wanted.value() == 0) fail("shape has -1 beside a dimension 0");
  const Dim rest = available.divided_by(wanted.value());
  if (rest.is_constant() && rest * wanted != available)
    fail("{} elements cannot be split into groups of {}", available.str(), wanted.str());
  return rest;
}

Shape resolved(const Arguments& args, const Type& x, const std::vector<int64_t>& wanted_shape) {
  Shape source = x.shape;
  Shape target;
  std::vector<Dim> others;  // of the target, without -1 and without unknown lengths copied from x
  size_t open = wanted_shape.size();
  const int rank = static_cast<int>(wanted_shape.size());
  for (size_t i = 0; i < wanted_shape.size(); ++i) {
    Dim dim = wanted_shape[i];
    if (wanted_shape[i] < -1) fail("shape has the dimension {}", wanted_shape[i]);
    if (wanted_shape[i] == -1) {
      if (open != wanted_shape.size()) fail("shape has more than one -1");
      open = i;
      target.push_back(Dim::unknown());
      continue;
    }
    if (wanted_shape[i] == 0) {
      const int axis = copied_axis(args.opset(), static_cast<int>(i), rank, x.rank());
      dim = axis < 0 ? Dim(1) : x.shape[static_cast<size_t>(axis)];
      if (axis >= 0 && dim.is_unknown()) {  // unknown on both sides, but the same
        target.push_back(dim);
        source[static_cast<size_t>(axis)] = 1;
        continue;
      }
    }
    target.push_back(dim);
    others.push_back(dim);
  }
  const auto [available, wanted] = remaining_products(source, others);
  if (open != wanted_shape.size())
    target[open] = left_over(available, wanted);
  else if (provably_different(available, wanted))
    fail("x of shape {} does not fill shape [{}]", x.str(), fmt::join(wanted_shape, ", "));
  return target;
}

// Without x's rank only positive numbers say something.
Shape from_numbers(const std::vector<int64_t>& numbers) {
  Shape shape;
  for (const int64_t number : numbers) shape.push_back(number > 0 ? Dim(number) : Dim::unknown());
  return shape;
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const Type& shape = args.type("shape");
  expect_rank(args, "shape", 1);
  if (const auto numbers = args.known_integers("shape"))
    return {Type::tensor(x.dtype, x.ranked ? resolved(args, x, *numbers) : from_numbers(*numbers))};
  if (!shape.ranked || !shape.shape[0].is_constant()) return {Type::unranked(x.dtype)};
  return {Type::tensor(x.dtype, Shape(static_cast<size_t>(shape.shape[0].value()), Dim::unknown()))};
}

}  // namespace

void register_op_reshape(OpTable& table) {
  OpDefinition op;
  op.name = "reshape";
  op.signatures = movement_signatures("shape: int32", "shape: U=int8|int16|int32");
  op.infer = infer;
  op.view_of = "x";
  op.evaluate = [](const Arguments& args, Results& results) { set_reshaped(args, results, infer(args)); };
  op.samples = {{{{"x", floats({2, 3}, {1, 2, 3, 4, 5, 6})}, {"shape", {0, -1, 1}}},
                 {floats({1, 6, 1}, {1, 2, 3, 4, 5, 6})},
                 "by hand",
                 0,
                 7},
                {{{"x", floats({2, 3}, {1, 2, 3, 4, 5, 6})}, {"shape", {0, -1}}},
                 {floats({2, 3}, {1, 2, 3, 4, 5, 6})},
                 "by hand",
                 0,
                 5},
                {{{"x", ints({4}, {1, 2, 3, 4})}, {"shape", {2, 2}}}, {ints({2, 2}, {1, 2, 3, 4})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

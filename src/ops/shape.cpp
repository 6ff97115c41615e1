// SPDX-License-Identifier: Apache-2.0
// shape: the dimensions of x as an int32 vector.
#include <limits>

#include "ops/ops.h"
#include "ops/shared/movement.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  return {Type::tensor(DType::kInt32, Shape{x.ranked ? Dim(x.rank()) : Dim::unknown()})};
}

void compute(const Arguments& args, Results& results) {
  const ConcreteShape shape = args.type("x").concrete();
  auto to = results.allocate(0, {static_cast<int64_t>(shape.size())}, DType::kInt32).as<int32_t>();
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] > std::numeric_limits<int32_t>::max()) fail("dimension {} does not fit int32", shape[i]);
    to[i] = static_cast<int32_t>(shape[i]);
  }
}

}  // namespace

void register_op_shape(OpTable& table) {
  OpDefinition op;
  op.name = "shape";
  op.signatures = {signature(5, fmt::format("x: T={}", kMovedBefore7))};
  op.infer = infer;
  op.needs_only_types = true;
  op.evaluate = compute;
  op.samples = {{{{"x", floats({1, 2, 3}, {1, 2, 3, 4, 5, 6})}}, {ints({3}, {1, 2, 3})}, "by hand", 0, 0},
                {{{"x", ints({}, {5})}}, {ints({0}, {})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

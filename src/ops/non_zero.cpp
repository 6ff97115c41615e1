// SPDX-License-Identifier: Apache-2.0
// non_zero: the coordinates of all elements that are not 0, in row-major order, as int32 [count, rank].
#include "ops/ops.h"
#include "ops/shared/movement.h"

namespace anemone {
namespace {

// Flat positions, in order.
std::vector<int64_t> positions(const Tensor& x) {
  std::vector<int64_t> found;
  with_element_type(x.dtype(), [&](auto element) {
    const auto values = x.as<decltype(element)>();
    for (size_t i = 0; i < values.size(); ++i)
      if (values[i] != decltype(element){}) found.push_back(static_cast<int64_t>(i));
  });
  return found;
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  Dim count = Dim::unknown();
  if (const Tensor* known = args.known("x")) count = static_cast<int64_t>(positions(*known).size());
  return {Type::tensor(DType::kInt32, Shape{count, x.ranked ? Dim(x.rank()) : Dim::unknown()})};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const std::vector<int64_t> found = positions(x);
  const auto rank = static_cast<size_t>(x.rank());
  auto to = results.allocate(0, {static_cast<int64_t>(found.size()), x.rank()}, DType::kInt32).as<int32_t>();
  for (size_t i = 0; i < found.size(); ++i) {
    int64_t rest = found[i];
    for (size_t axis = rank; axis-- > 0; rest /= x.shape()[axis])
      to[i * rank + axis] = static_cast<int32_t>(rest % x.shape()[axis]);
  }
}

}  // namespace

void register_op_non_zero(OpTable& table) {
  OpDefinition op;
  op.name = "non_zero";
  op.signatures = {signature(5, fmt::format("x: T={}", kMovedBefore7))};
  op.infer = infer;
  op.evaluate = compute;
  op.samples = {{{{"x", floats({2, 2}, {0, 3, -1, 0})}}, {ints({2, 2}, {0, 1, 1, 0})}, "by hand", 0, 0},
                {{{"x", bools({3}, {true, false, true})}}, {ints({2, 1}, {0, 2})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

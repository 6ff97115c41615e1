// SPDX-License-Identifier: Apache-2.0
// argsort: the indices that sort x along an axis, largest first unless ascending; see shared/sorting.h.
#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/sorting.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  Type result = args.type("x");
  if (result.ranked) args.axis("axis", result.rank());  // checks it
  result.dtype = DType::kInt32;
  return {result};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const int axis = args.axis("axis", x.rank());
  auto to = results.allocate(0, x.shape(), DType::kInt32).as<int32_t>();
  visit_sorted(x, axis, x.shape()[static_cast<size_t>(axis)], args.flag("ascending"),
               [&](int64_t first, int64_t stride, std::span<const int64_t> order) {
                 for (size_t i = 0; i < order.size(); ++i)
                   to[static_cast<size_t>(first + static_cast<int64_t>(i) * stride)] = static_cast<int32_t>(order[i]);
               });
}

}  // namespace

void register_op_argsort(OpTable& table) {
  OpDefinition op;
  op.name = "argsort";
  op.signatures = {signature(5, "x: T=fp16|fp32|int32, axis: int32 const = -1, ascending: bool const = false")};
  op.infer = infer;
  op.evaluate = compute;
  const Constant x = floats({2, 3}, {3, 1, 2, 5, 5, 6});
  op.samples = {
      {{{"x", x}}, {ints({2, 3}, {0, 2, 1, 2, 0, 1})}, "numpy 2 reference", 0, 0},
      {{{"x", x}, {"axis", 0}, {"ascending", true}}, {ints({2, 3}, {0, 0, 0, 1, 1, 1})}, "numpy 2 reference", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// stack: equal tensors along a new axis, which refers to the result.
#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/view.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const size_t count = args.count("values");
  if (count == 0) fail("values is empty");
  Type result = args.type("values");
  for (size_t i = 0; i < count; ++i) {
    const Type& next = args.type("values", i);
    if (!next.ranked) return {Type::unranked(result.dtype)};
    if (next.rank() != result.rank()) fail("value {} has rank {}, the first has {}", i, next.rank(), result.rank());
    for (size_t a = 0; a < result.shape.size(); ++a)
      result.shape[a] = unified(result.shape[a], next.shape[a], static_cast<int>(a));
  }
  const int axis = args.axis("axis", result.rank() + 1);
  result.shape.insert(result.shape.begin() + axis, Dim(static_cast<int64_t>(count)));
  return {result};
}

void compute(const Arguments& args, Results& results) {
  const ConcreteShape shape = infer(args)[0].concrete();
  const int axis = args.axis("axis", static_cast<int>(shape.size()));
  Tensor& to = results.allocate(0, shape, args.tensor("values").dtype());
  for (size_t i = 0; i < args.count("values"); ++i) {
    const Tensor& value = args.tensor("values", i);
    const View write = sliced(whole(shape), axis, static_cast<int64_t>(i), 1);
    copy_elements(value, inserted(whole(value.shape()), axis, 1), to, write, results.threads());
  }
}

}  // namespace

void register_op_stack(OpTable& table) {
  OpDefinition op;
  op.name = "stack";
  op.signatures = {signature(5, "values: T=any list, axis: int32 const")};
  op.infer = infer;
  op.evaluate = compute;
  const std::vector<Operand> pair = {floats({2}, {1, 2}), floats({2}, {3, 4})};
  op.samples = {{{{"values", pair}, {"axis", 0}}, {floats({2, 2}, {1, 2, 3, 4})}, "by hand", 0, 0},
                {{{"values", pair}, {"axis", -1}}, {floats({2, 2}, {1, 3, 2, 4})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

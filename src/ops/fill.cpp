// SPDX-License-Identifier: Apache-2.0
// fill: a tensor of a given shape with one value everywhere.
#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/view.h"

namespace anemone {
namespace {

DType value_type(const Arguments& args) { return args.has("value") ? args.type("value").dtype : DType::kFloat32; }

std::vector<Type> infer(const Arguments& args) {
  expect_rank(args, "shape", 1);
  const Type& shape = args.type("shape");
  if (const auto sizes = args.known_integers("shape")) {
    for (const int64_t size : *sizes)
      if (size < 0) fail("shape has the dimension {}", size);
    return {Type::tensor(value_type(args), *sizes)};
  }
  if (!shape.ranked || !shape.shape[0].is_constant()) return {Type::unranked(value_type(args))};
  return {Type::tensor(value_type(args), Shape(static_cast<size_t>(shape.shape[0].value()), Dim::unknown()))};
}

void compute(const Arguments& args, Results& results) {
  const Tensor value = args.has("value") ? args.tensor("value") : Tensor::scalar(0.0F);
  if (value.size() != 1) fail("value must be one number");
  fill_elements(results.allocate(0, args.integers("shape"), value.dtype()), value);
}

}  // namespace

void register_op_fill(OpTable& table) {
  OpDefinition op;
  op.name = "fill";
  op.signatures = {signature(5, "shape: int32, value: T=fp16|fp32|int32|bool const = 0.0")};
  op.infer = infer;
  op.evaluate = compute;
  op.samples = {{{{"shape", {2, 1}}, {"value", Constant::of(1.5F)}}, {floats({2, 1}, {1.5F, 1.5F})}, "by hand", 0, 0},
                {{{"shape", {2}}}, {floats({2}, {0, 0})}, "by hand", 0, 0},
                {{{"shape", {3}}, {"value", true}}, {bools({3}, {true, true, true})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// scatter: data with slices along an axis combined with the updates, updates[.., i, ..] going to place indices[i].
#include "ops/ops.h"
#include "ops/shared/indexing.h"
#include "ops/shared/movement.h"
#include "ops/shared/scattering.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const Type& data = args.type("data");
  const Type& indices = args.type("indices");
  const Type& updates = args.type("updates");
  check_scatter_mode(args.text("mode"));
  if (!data.ranked || !indices.ranked) return {data};
  const int axis = args.axis("axis", data.rank());
  validate_indices(args, {data.shape[static_cast<size_t>(axis)]});
  Shape expected = data.shape;
  expected.erase(expected.begin() + axis);
  expected.insert(expected.begin() + axis, indices.shape.begin(), indices.shape.end());
  if (!compatible(Type::tensor(data.dtype, expected), updates))
    fail("updates have type {}, expected {}", updates.str(), Type::tensor(data.dtype, expected).str());
  return {data};
}

void compute(const Arguments& args, Results& results) {
  Tensor& to = copy_of_data(args, results);
  const ConcreteShape& shape = to.shape();
  const Indices indices(args.tensor("indices"));
  const auto axis = static_cast<size_t>(args.axis("axis", to.rank()));
  const int64_t inner = elements_between(shape, axis + 1, shape.size());
  const int64_t size = shape[axis];
  scatter_rows(to, args.tensor("updates"), inner, args.text("mode"), [&](int64_t row) {
    const int64_t index = indices.writing(row % indices.size(), size);
    return index < 0 ? -1 : (row / indices.size() * size + index) * inner;
  });
}

}  // namespace

void register_op_scatter(OpTable& table) {
  OpDefinition op;
  op.name = "scatter";
  op.signatures = {signature(5,
                             "data: T=fp16|fp32|int32, indices: int32, updates: T, axis: int32 const = 0, "
                             "mode: string const = add"),
                   signature(7,
                             "data: T=fp16|fp32|int32, indices: int32, updates: T, axis: int32 const = 0, "
                             "mode: string const = add, validate_indices: bool const = false")};
  op.infer = infer;
  op.evaluate = compute;
  const Constant data = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  op.samples = {
      {{{"data", data}, {"indices", {1, 1}}, {"updates", floats({2, 3}, {1, 1, 1, 2, 2, 2})}},
       {floats({2, 3}, {1, 2, 3, 7, 8, 9})},
       "by hand",
       0,
       0},
      {{{"data", data}, {"indices", {2}}, {"updates", floats({2, 1}, {8, 9})}, {"axis", 1}, {"mode", "update"}},
       {floats({2, 3}, {1, 2, 8, 4, 5, 9})},
       "by hand",
       0,
       0}};
  table.add(std::move(op));
}

}  // namespace anemone

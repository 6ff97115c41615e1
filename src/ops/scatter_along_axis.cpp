// SPDX-License-Identifier: Apache-2.0
// scatter_along_axis: each update is combined with the element of data at its own position, with the index along the
// axis.
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
  const auto axis = static_cast<size_t>(args.axis("axis", data.rank()));
  expect_rank(args, "indices", data.rank());
  validate_indices(args, {data.shape[axis]});
  for (size_t i = 0; i < data.shape.size(); ++i)
    if (i != axis) unified(data.shape[i], indices.shape[i], static_cast<int>(i));
  if (!compatible(Type::tensor(data.dtype, indices.shape), updates))
    fail("updates have type {}, expected {}", updates.str(), Type::tensor(data.dtype, indices.shape).str());
  return {data};
}

void compute(const Arguments& args, Results& results) {
  Tensor& to = copy_of_data(args, results);
  const ConcreteShape& shape = args.tensor("indices").shape();
  const Indices indices(args.tensor("indices"));
  const auto axis = static_cast<size_t>(args.axis("axis", to.rank()));
  const int64_t inner = elements_between(shape, axis + 1, shape.size());
  const int64_t size = to.shape()[axis];
  scatter_rows(to, args.tensor("updates"), 1, args.text("mode"), [&](int64_t element) {
    const int64_t index = indices.writing(element, size);
    const int64_t outer = element / (inner * shape[axis]);
    return index < 0 ? -1 : (outer * size + index) * inner + element % inner;
  });
}

}  // namespace

void register_op_scatter_along_axis(OpTable& table) {
  OpDefinition op;
  op.name = "scatter_along_axis";
  op.signatures = {signature(5,
                             "data: T=fp16|fp32|int32, indices: int32, updates: T, axis: int32 const = 0, "
                             "mode: string const = add"),
                   signature(7,
                             "data: T=fp16|fp32|int32, indices: int32, updates: T, axis: int32 const = 0, "
                             "mode: string const = add, validate_indices: bool const = false")};
  op.infer = infer;
  op.evaluate = compute;
  const Constant data = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  op.samples = {{{{"data", data},
                  {"indices", ints({2, 2}, {0, 0, 2, 1})},
                  {"updates", floats({2, 2}, {1, 2, 3, 4})},
                  {"axis", 1}},
                 {floats({2, 3}, {4, 2, 3, 4, 9, 9})},
                 "by hand",
                 0,
                 0},
                {{{"data", data},
                  {"indices", ints({1, 3}, {1, 0, 1})},
                  {"updates", floats({1, 3}, {7, 8, 9})},
                  {"mode", "update"}},
                 {floats({2, 3}, {1, 8, 3, 7, 5, 9})},
                 "numpy 2 reference",
                 0,
                 0}};
  table.add(std::move(op));
}

}  // namespace anemone

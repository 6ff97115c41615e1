// SPDX-License-Identifier: Apache-2.0
// scatter_nd: the last axis of the indices holds coordinates into data; each names the slice that an update is combined
// with.
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
  if (indices.ranked && indices.rank() == 0) fail("indices is a scalar");
  if (!data.ranked || !indices.ranked || !indices.shape.back().is_constant()) return {data};
  const int64_t depth = indices.shape.back().value();
  if (depth > data.rank()) fail("indices have {} coordinates, data has rank {}", depth, data.rank());
  validate_indices(args, Shape(data.shape.begin(), data.shape.begin() + depth));
  Shape expected(indices.shape.begin(), indices.shape.end() - 1);
  expected.insert(expected.end(), data.shape.begin() + depth, data.shape.end());
  if (!compatible(Type::tensor(data.dtype, expected), updates))
    fail("updates have type {}, expected {}", updates.str(), Type::tensor(data.dtype, expected).str());
  return {data};
}

void compute(const Arguments& args, Results& results) {
  Tensor& to = copy_of_data(args, results);
  const Indices indices(args.tensor("indices"));
  const auto depth = static_cast<size_t>(args.tensor("indices").shape().back());
  const int64_t inner = elements_between(to.shape(), depth, to.shape().size());
  scatter_rows(to, args.tensor("updates"), inner, args.text("mode"), [&](int64_t row) {
    int64_t offset = 0;
    for (size_t i = 0; i < depth; ++i) {
      const int64_t size = to.shape()[i];
      const int64_t index = indices.writing(row * static_cast<int64_t>(depth) + static_cast<int64_t>(i), size);
      if (index < 0) return int64_t{-1};
      offset = offset * size + index;
    }
    return offset * inner;
  });
}

}  // namespace

void register_op_scatter_nd(OpTable& table) {
  OpDefinition op;
  op.name = "scatter_nd";
  op.signatures = {signature(5, "data: T=fp16|fp32|int32, indices: int32, updates: T, mode: string const = add"),
                   signature(7,
                             "data: T=fp16|fp32|int32, indices: int32, updates: T, mode: string const = add, "
                             "validate_indices: bool const = false")};
  op.infer = infer;
  op.evaluate = compute;
  const Constant data = floats({2, 2}, {1, 2, 3, 4});
  op.samples = {{{{"data", data}, {"indices", ints({2, 2}, {0, 1, 0, 1})}, {"updates", floats({2}, {5, 6})}},
                 {floats({2, 2}, {1, 13, 3, 4})},
                 "by hand",
                 0,
                 0},
                {{{"data", data}, {"indices", ints({1, 1}, {1})}, {"updates", floats({1, 2}, {2, 8})}, {"mode", "div"}},
                 {floats({2, 2}, {1, 2, 1.5F, 0.5F})},
                 "by hand",
                 0,
                 0}};
  table.add(std::move(op));
}

}  // namespace anemone

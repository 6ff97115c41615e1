// SPDX-License-Identifier: Apache-2.0
// reduce_argmax and reduce_argmin: where the largest or smallest element lies along an axis; the first of equals, or
// the first NaN.
#include <cmath>

#include "ops/ops.h"
#include "ops/shared/reduction.h"

#include "base/error.h"
#include "base/parallel.h"

namespace anemone {
namespace {

DType index_type(const Arguments& args) {
  if (args.opset() < 7) return DType::kInt32;
  const std::string name = args.text("output_dtype");
  if (name != "int32" && name != "uint16") fail("output_dtype is {}, expected int32 or uint16", name);
  return name == "int32" ? DType::kInt32 : DType::kUInt16;
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const DType dtype = index_type(args);
  if (!x.ranked) return {Type::unranked(dtype)};
  const int axis = args.axis("axis", x.rank());
  return {Type::tensor(dtype, reduced_shape(x.shape, {axis}, args.flag("keep_dims")))};
}

template <typename T, typename Better>
size_t best_of(const T* row, const std::vector<int64_t>& offsets, Better better) {
  T best = row[offsets[0]];
  size_t position = 0;
  for (size_t r = 1; r < offsets.size() && best == best; ++r) {
    const T next = row[offsets[r]];
    if (next == next && !better(next, best)) continue;
    best = next;
    position = r;
  }
  return position;
}

template <typename Better>
void run(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const ReductionWalk walk(x.shape(), {args.axis("axis", x.rank())});
  const Type type = infer(args)[0];
  Tensor& y = results.allocate(0, type.concrete(), type.dtype);
  if (y.size() == 0) return;
  if (walk.reduced.empty()) fail("there are no elements to reduce");
  with_element_type(x.dtype(), [&](auto element) {
    using T = decltype(element);
    const T* from = x.as<T>().data();
    parallel_for(results.threads(), y.size(), rows_per_piece(walk.reduced.size()), [&](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o) {
        const auto at = static_cast<size_t>(o);
        const size_t best = best_of(from + walk.kept[at], walk.reduced, Better());
        if (type.dtype == DType::kInt32)
          y.as<int32_t>()[at] = static_cast<int32_t>(best);
        else
          y.as<uint16_t>()[at] = static_cast<uint16_t>(best);
      }
    });
  });
}

template <typename Better>
void add(OpTable& table, const char* name, const std::vector<int32_t>& rows, const std::vector<int32_t>& columns) {
  OpDefinition op;
  op.name = name;
  const std::string common = "x: T=fp16|fp32|int32, axis: int32 const = -1, keep_dims: bool const = false";
  op.signatures = {signature(5, common), signature(7, common + ", output_dtype: string const = int32")};
  op.infer = infer;
  op.evaluate = run<Better>;
  const Arg x("x", floats({2, 3}, {1, 5, 5, 2, 0, 0}));
  op.samples = {
      {{x}, {ints({2}, rows)}, "by hand", 0, 0},
      {{x, {"axis", 0}, {"keep_dims", true}, {"output_dtype", "uint16"}},
       {ints({1, 3}, columns, DType::kUInt16)},
       "by hand",
       0,
       7},
  };
  table.add(std::move(op));
}

}  // namespace

void register_op_reduce_arg(OpTable& table) {
  add<std::greater<>>(table, "reduce_argmax", {1, 0}, {1, 0, 0});
  add<std::less<>>(table, "reduce_argmin", {0, 1}, {0, 1, 1});
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// topk: the k largest (ascending: smallest) elements along an axis and where they were; k = -1 means all. The result is
// sorted even when sorting is not asked for.
#include "ops/ops.h"
#include "ops/shared/indexing.h"
#include "ops/shared/movement.h"
#include "ops/shared/sorting.h"

namespace anemone {
namespace {

bool wants_indices(const Arguments& args) { return args.opset() < 6 || args.flag("return_indices"); }

DType index_type(const Arguments& args) {
  if (args.opset() < 7) return DType::kInt32;
  const std::string name = args.text("output_indices_dtype");
  if (name != "int32" && name != "uint16") fail("output_indices_dtype is {}, expected int32 or uint16", name);
  return *dtype_from_name(name);
}

std::vector<Type> infer(const Arguments& args) {
  Type values = args.type("x");
  const int64_t k = args.integer("k");
  if (k < -1) fail("k is {}", k);
  if (values.ranked) {
    Dim& size = values.shape[static_cast<size_t>(args.axis("axis", values.rank()))];
    if (size.is_constant() && k > size.value()) fail("k is {}, the axis has size {}", k, size.str());
    if (k != -1) size = k;
  }
  if (!wants_indices(args)) return {values};
  Type indices = values;
  indices.dtype = index_type(args);
  return {values, indices};
}

// Copies the elements of x that `take` chooses along the axis, and their positions, into results of k elements.
template <typename Value, typename Index>
void fill_results(const Arguments& args, const Tensor& x, int axis, int64_t k, Tensor& values, Tensor* indices) {
  const auto from = x.as<Value>();
  auto to = values.as<Value>();
  const std::span<Index> where = indices ? indices->as<Index>() : std::span<Index>();
  const int64_t size = x.shape()[static_cast<size_t>(axis)];
  const auto write_line = [&](int64_t first, int64_t stride, std::span<const int64_t> order) {
    int64_t target = first / (stride * size) * stride * k + first % stride;
    for (const int64_t position : order) {
      to[static_cast<size_t>(target)] = from[static_cast<size_t>(first + position * stride)];
      if (indices) where[static_cast<size_t>(target)] = static_cast<Index>(position);
      target += stride;
    }
  };
  visit_sorted(x, axis, k, args.flag("ascending"), write_line);
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const int axis = args.axis("axis", x.rank());
  const std::vector<Type> types = infer(args);
  const ConcreteShape shape = types[0].concrete();
  const int64_t k = shape[static_cast<size_t>(axis)];
  Tensor& values = results.allocate(0, shape, x.dtype());
  Tensor* indices = types.size() > 1 ? &results.allocate(1, shape, types[1].dtype) : nullptr;
  const bool narrow = indices && indices->dtype() == DType::kUInt16;
  with_element_type(x.dtype(), [&](auto element) {
    using Value = decltype(element);
    narrow ? fill_results<Value, uint16_t>(args, x, axis, k, values, indices)
           : fill_results<Value, int32_t>(args, x, axis, k, values, indices);
  });
}

}  // namespace

void register_op_topk(OpTable& table) {
  OpDefinition op;
  op.name = "topk";
  const std::string since_6 =
      ", axis: int32 const = -1, ascending: bool const = false, sort: bool const = true, "
      "return_indices: bool const = true";
  op.signatures = {
      signature(5, "x: T=fp16|fp32|int32, k: int32 const = 1, axis: int32 const = -1, ascending: bool const = false"),
      signature(6, "x: T=fp16|fp32|int32, k: int32 const = 1" + since_6),
      signature(7, "x: T=fp16|fp32|int8|int16|int32|uint8|uint16, k: K=int8|int16|int32 const = 1" + since_6 +
                       ", output_indices_dtype: string const = int32")};
  op.infer = infer;
  op.evaluate = compute;
  const Constant x = floats({2, 3}, {3, 1, 2, 5, 5, 6});
  op.samples = {{{{"x", x}, {"k", 2}}, {floats({2, 2}, {3, 2, 6, 5}), ints({2, 2}, {0, 2, 2, 0})}, "by hand", 0, 5},
                {{{"x", x}, {"axis", 0}, {"ascending", true}, {"return_indices", false}},
                 {floats({1, 3}, {3, 1, 2})},
                 "by hand",
                 0,
                 6},
                {{{"x", x}, {"k", -1}, {"output_indices_dtype", "uint16"}},
                 {floats({2, 3}, {3, 2, 1, 6, 5, 5}), ints({2, 3}, {0, 2, 1, 2, 0, 1}, DType::kUInt16)},
                 "by hand",
                 0,
                 7}};
  table.add(std::move(op));
}

}  // namespace anemone

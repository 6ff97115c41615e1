// SPDX-License-Identifier: Apache-2.0
// one_hot: a new axis that is on_value at the index and off_value elsewhere; an index outside of it gives off_value
// only.
#include <cstring>

#include "ops/ops.h"
#include "ops/shared/indexing.h"
#include "ops/shared/movement.h"
#include "ops/shared/view.h"

namespace anemone {
namespace {

// on_value and off_value have one element type; int32 when both are absent.
DType value_type(const Arguments& args) {
  for (const char* name : {"on_value", "off_value"})
    if (args.has(name)) return args.type(name).dtype;
  return DType::kInt32;
}

Tensor value(const Arguments& args, std::string_view name) {
  return converted(Tensor::scalar(static_cast<float>(args.number(name))), compute_dtype(value_type(args)));
}

std::vector<Type> infer(const Arguments& args) {
  const Type& indices = args.type("indices");
  if (!indices.ranked) return {Type::unranked(value_type(args))};
  Dim size = Dim::unknown();
  if (args.known("one_hot_vector_size")) size = args.integer("one_hot_vector_size");
  if (size.is_constant() && size.value() < 0) fail("one_hot_vector_size is {}", size.str());
  Shape shape = indices.shape;
  shape.insert(shape.begin() + args.axis("axis", indices.rank() + 1), size);
  return {Type::tensor(value_type(args), shape)};
}

void compute(const Arguments& args, Results& results) {
  const ConcreteShape shape = infer(args)[0].concrete();
  const auto axis = static_cast<size_t>(args.axis("axis", static_cast<int>(shape.size())));
  const int64_t size = shape[axis];
  const int64_t inner = elements_between(shape, axis + 1, shape.size());
  const Tensor on = value(args, "on_value");
  Tensor& to = results.allocate(0, shape, on.dtype());
  fill_elements(to, value(args, "off_value"));
  const std::vector<int64_t> indices = args.integers("indices");
  const auto width = static_cast<int64_t>(on.byte_size());
  for (int64_t i = 0; i < static_cast<int64_t>(indices.size()); ++i) {
    const int64_t index = indices[static_cast<size_t>(i)];
    if (index < 0 || index >= size) continue;
    const int64_t element = (i / inner * size + index) * inner + i % inner;
    std::memcpy(to.bytes() + element * width, on.bytes(), on.byte_size());
  }
}

}  // namespace

void register_op_one_hot(OpTable& table) {
  OpDefinition op;
  op.name = "one_hot";
  op.signatures = {signature(5,
                             "indices: int32, one_hot_vector_size: int32, axis: int32 const = -1, "
                             "on_value: T=fp16|fp32|int32|bool const = 1, off_value: T const = 0")};
  op.infer = infer;
  op.evaluate = compute;
  op.samples = {
      {{{"indices", {1, 0}}, {"one_hot_vector_size", 3}}, {ints({2, 3}, {0, 1, 0, 1, 0, 0})}, "by hand", 0, 0},
      {{{"indices", {1, 5}},
        {"one_hot_vector_size", 2},
        {"axis", 0},
        {"on_value", Constant::of(2.0F)},
        {"off_value", Constant::of(-1.0F)}},
       {floats({2, 2}, {-1, -1, 2, -1})},
       "by hand",
       0,
       0}};
  table.add(std::move(op));
}

}  // namespace anemone

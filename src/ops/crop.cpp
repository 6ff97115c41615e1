// SPDX-License-Identifier: Apache-2.0
// crop: takes rows off both ends of height and columns off both ends of width, the last two axes.
#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/view.h"

namespace anemone {
namespace {

struct Margins {
  int64_t before, after;
};

Margins margins(const Arguments& args, std::string_view name) {
  const std::vector<int64_t> values = args.integers(name);
  if (values.size() != 2 || values[0] < 0 || values[1] < 0)
    fail("{} is [{}], expected two sizes", name, fmt::join(values, ", "));
  return {values[0], values[1]};
}

Dim cropped(const Dim& size, const Margins& margin) {
  const Dim rest = size - margin.before - margin.after;
  if (rest.is_constant() && rest.value() < 0)
    fail("cannot take {} and {} elements off size {}", margin.before, margin.after, size.str());
  return rest;
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const Margins height = margins(args, "crop_height");
  const Margins width = margins(args, "crop_width");
  if (!x.ranked) return {x};
  if (x.rank() < 3) fail("x has rank {}, expected at least 3", x.rank());
  Shape shape = x.shape;
  shape[shape.size() - 2] = cropped(shape[shape.size() - 2], height);
  shape[shape.size() - 1] = cropped(shape[shape.size() - 1], width);
  return {Type::tensor(x.dtype, shape)};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const ConcreteShape shape = infer(args)[0].concrete();
  View view = sliced(whole(x.shape()), x.rank() - 2, margins(args, "crop_height").before, shape[shape.size() - 2]);
  view = sliced(view, x.rank() - 1, margins(args, "crop_width").before, shape[shape.size() - 1]);
  copy_elements(x, view, results.allocate(0, shape, x.dtype()), results.threads());
}

}  // namespace

void register_op_crop(OpTable& table) {
  OpDefinition op;
  op.name = "crop";
  op.signatures = {signature(5, "x: T=fp16|fp32, crop_height: int32 const, crop_width: int32 const")};
  op.infer = infer;
  op.evaluate = compute;
  op.samples = {
      {{{"x", floats({1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})}, {"crop_height", {1, 0}}, {"crop_width", {1, 1}}},
       {floats({1, 2, 1}, {5, 8})},
       "by hand",
       0,
       0}};
  table.add(std::move(op));
}

}  // namespace anemone

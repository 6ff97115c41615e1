// SPDX-License-Identifier: Apache-2.0
// range_1d: start, start + step, ... up to but without end.
#include <cmath>

#include "ops/ops.h"
#include "ops/shared/movement.h"

namespace anemone {
namespace {

constexpr double kMostElements = 0x1p40;

int64_t element_count(double start, double end, double step) {
  if (step == 0) fail("step is 0");
  const double count = std::ceil((end - start) / step);
  if (!(count <= kMostElements)) fail("a range from {} to {} in steps of {} is too long", start, end, step);
  return count < 0 ? 0 : static_cast<int64_t>(count);
}

std::vector<Type> infer(const Arguments& args) {
  const DType dtype = args.type("start").dtype;
  const bool known = args.known("start") && args.known("end") && args.known("step");
  if (!known) return {Type::tensor(dtype, Shape{Dim::unknown()})};
  return {Type::tensor(dtype, Shape{element_count(args.number("start"), args.number("end"), args.number("step"))})};
}

void compute(const Arguments& args, Results& results) {
  const double start = args.number("start");
  const double step = args.number("step");
  const DType dtype = args.tensor("start").dtype();
  Tensor& to = results.allocate(0, {element_count(start, args.number("end"), step)}, dtype);
  with_element_type(dtype, [&](auto element) {
    auto values = to.as<decltype(element)>();
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<decltype(element)>(start + static_cast<double>(i) * step);
  });
}

}  // namespace

void register_op_range_1d(OpTable& table) {
  OpDefinition op;
  op.name = "range_1d";
  op.signatures = {signature(5, "end: T=fp16|fp32|int32, start: T, step: T")};
  op.infer = infer;
  op.evaluate = compute;
  op.samples = {{{{"end", 7}, {"start", 1}, {"step", 3}}, {ints({2}, {1, 4})}, "numpy 2 reference", 0, 0},
                {{{"end", Constant::of(-1.0F)}, {"start", Constant::of(0.5F)}, {"step", Constant::of(-0.5F)}},
                 {floats({3}, {0.5F, 0, -0.5F})},
                 "numpy 2 reference",
                 0,
                 0}};
  table.add(std::move(op));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// l2_norm: x over the root of the sum of squares (plus epsilon) of its last three axes. Computed in double.
#include <cmath>

#include "ops/ops.h"
#include "ops/shared/cost.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/reduction.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  if (args.has("epsilon")) expect_scalar(args, "epsilon");
  if (x.ranked && x.rank() < 3) fail("x has rank {}, expected at least 3", x.rank());
  return {x};
}

void run(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  Tensor& y = results.allocate(0, x.shape(), DType::kFloat32);
  if (x.size() == 0) return;
  const auto epsilon = static_cast<double>(float_parameter(args, "epsilon"));
  const size_t rank = x.shape().size();
  const auto row = static_cast<size_t>(x.shape()[rank - 3] * x.shape()[rank - 2] * x.shape()[rank - 1]);
  const auto from = x.as<float>();
  auto to = y.as<float>();
  for (size_t begin = 0; begin < from.size(); begin += row) {
    const double squares = lane_sum(row, [&](size_t r) {
      const auto value = static_cast<double>(from[begin + r]);
      return value * value;
    });
    const double norm = std::sqrt(squares + epsilon);
    for (size_t r = begin; r < begin + row; ++r) to[r] = static_cast<float>(static_cast<double>(from[r]) / norm);
  }
}

Cost cost(const Arguments& args, const std::vector<Type>& outputs) {
  return cost_of(args, outputs, 3 * elements(outputs[0]));
}

}  // namespace

void register_op_l2_norm(OpTable& table) {
  OpDefinition op;
  op.name = "l2_norm";
  // epsilon has a type of its own: coremltools writes its default as fp32 beside fp16 parameters, in every opset.
  op.signatures = {signature(5, "x: T=fp16|fp32, epsilon: fp16|fp32 const = 1e-06")};
  op.infer = infer;
  op.evaluate = run;
  op.cost = cost;
  op.samples = {{{{"x", floats({2, 1, 1, 2}, {3, 4, 0, -2})}, {"epsilon", Constant::of(0.0F)}},
                 {floats({2, 1, 1, 2}, {0.6F, 0.8F, 0, -1})},
                 "by hand",
                 1e-6,
                 0}};
  table.add(std::move(op));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// batch_norm with stored moments: gamma * (x - mean) / sqrt(variance + epsilon) + beta for each channel.
#include <cmath>

#include "base/error.h"
#include "ops/ops.h"
#include "ops/shared/channels.h"
#include "ops/shared/cost.h"
#include "ops/shared/elementwise.h"

namespace anemone {
namespace {

// Two mixtures of element types that coremltools writes, for parameters in half: an epsilon that nobody gave is stored
// as its float32 default; and where an iOS 15 interface may not take halves, x becomes float32 while the result stays
// half, as the parameters are.
Type checked_result(const Arguments& args) {
  Type result = args.type("x");
  const DType parameters = args.type("mean").dtype;
  if (args.has("epsilon")) {
    const DType epsilon = args.type("epsilon").dtype;
    if (epsilon != parameters && epsilon != DType::kFloat32)
      fail("epsilon is {}, expected {}", name_of(epsilon), name_of(parameters));
  }
  constexpr int kOwnParameterTypes = 7;  // from here parameters of another type than x are part of the op
  if (args.opset() >= kOwnParameterTypes || result.dtype == parameters) return result;
  if (result.dtype != DType::kFloat32) fail("x is {}, its parameters {}", name_of(result.dtype), name_of(parameters));
  result.dtype = parameters;
  return result;
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  if (args.has("epsilon")) expect_scalar(args, "epsilon");
  if (x.ranked && (x.rank() < 3 || x.rank() > 5)) fail("x has rank {}, expected 3 to 5", x.rank());
  for (const char* name : {"mean", "variance", "gamma", "beta"}) expect_channel_vector(args, name);
  return {checked_result(args)};
}

void run(const Arguments& args, Results& results) {
  const auto mean = args.tensor("mean").as<float>();
  const auto variance = args.tensor("variance").as<float>();
  const double epsilon = args.number("epsilon");
  std::vector<double> scale(mean.size());
  std::vector<double> shift(mean.size(), 0);
  for (size_t c = 0; c < scale.size(); ++c) scale[c] = 1 / std::sqrt(static_cast<double>(variance[c]) + epsilon);
  if (args.has("gamma"))
    for (size_t c = 0; c < scale.size(); ++c) scale[c] *= static_cast<double>(args.tensor("gamma").as<float>()[c]);
  if (args.has("beta")) shift.assign(args.tensor("beta").as<float>().begin(), args.tensor("beta").as<float>().end());
  map_channels(args.tensor("x"), results, [&](float x, size_t c) {
    return static_cast<float>((static_cast<double>(x) - static_cast<double>(mean[c])) * scale[c] + shift[c]);
  });
}

Cost cost(const Arguments& args, const std::vector<Type>& outputs) {
  return cost_of(args, outputs, 2 * elements(outputs[0]));
}

std::vector<Sample> samples() {
  const Arg x("x", floats({1, 2, 2}, {1, 2, -3, 4}));
  const Arg mean("mean", floats({2}, {1, 0.5F}));
  const Arg variance("variance", floats({2}, {4, 0.25F}));
  const Arg exact("epsilon", Constant::of(0.0F));
  return {
      {{x, mean, variance, exact}, {floats({1, 2, 2}, {0, 0.5F, -7, 7})}, "by hand", 1e-6, 0},
      {{x, mean, variance, exact, {"gamma", floats({2}, {2, -1})}, {"beta", floats({2}, {1, 10})}},
       {floats({1, 2, 2}, {1, 2, 17, 3})},
       "by hand",
       1e-6,
       0},
  };
}

}  // namespace

void register_op_batch_norm(OpTable& table) {
  OpDefinition op;
  op.name = "batch_norm";
  op.signatures = {
      signature(5,
                "x: fp16|fp32, mean: T=fp16|fp32 const, variance: T const, gamma: T const ?, beta: T const ?, "
                "epsilon: fp16|fp32 const = 1e-05"),
  };
  op.infer = infer;
  op.evaluate = run;
  op.cost = cost;
  op.samples = samples();
  table.add(std::move(op));
}

}  // namespace anemone

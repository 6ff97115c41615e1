// SPDX-License-Identifier: Apache-2.0
// Activations, clip and threshold: functions of one tensor, some with constant scalars alpha and beta. Computed in
// double and rounded once. gelu has its own file for its modes; prelu and softplus_parametric are in per_channel.cpp.
#include "ops/shared/activation.h"
#include "ops/ops.h"
#include "ops/shared/elementwise.h"

namespace anemone {
namespace {

const std::vector<float> kNumbers = {-2, -0.5F, 0, 0.75F, 3};

std::vector<Sample> samples(const std::vector<Arg>& parameters, const std::vector<float>& expected,
                            const char* origin) {
  std::vector<Arg> arguments = parameters;
  arguments.emplace_back("x", floats({5}, kNumbers));
  return {{std::move(arguments), {floats({5}, expected)}, origin, 1e-6, 0}};
}

std::vector<Type> infer(const Arguments& args) {
  for (const char* name : {"alpha", "beta"})
    if (args.has(name)) expect_scalar(args, name);
  return {args.type("x")};
}

using Function = double (*)(double x, double alpha, double beta);

void add(OpTable& table, const char* name, const std::vector<std::string>& parameters, Function f,
         const std::vector<Arg>& constants, const std::vector<float>& expected, const char* origin = "by hand") {
  OpDefinition op;
  op.name = name;
  op.signatures = parametric_signatures(parameters);
  if (parameters.empty()) op.signatures.pop_back();
  op.infer = infer;
  op.evaluate = [f](const Arguments& args, Results& results) {
    const double alpha = args.has("alpha") ? args.number("alpha") : 0;
    const double beta = args.has("beta") ? args.number("beta") : 0;
    map_in_double(args.tensor("x"), results, [&](double x) { return f(x, alpha, beta); });
  };
  op.elementwise = true;
  op.samples = samples(constants, expected, origin);
  table.add(std::move(op));
}

// NaN stays NaN in all of these.
double at_least(double x, double low) { return x < low ? low : x; }
double at_most(double x, double high) { return x > high ? high : x; }

void add_clip(OpTable& table) {
  OpDefinition op;
  op.name = "clip";
  const char* parameters = "x: T=fp16|fp32, alpha: T const, beta: T const";
  op.signatures = {signature(5, parameters), signature(7, parameters)};
  op.infer = [](const Arguments& args) {
    if (args.opset() >= 7 && args.known("alpha") && args.known("beta") && args.number("alpha") >= args.number("beta"))
      fail("alpha {} is not smaller than beta {}", args.number("alpha"), args.number("beta"));
    return infer(args);
  };
  op.evaluate = [](const Arguments& args, Results& results) {
    const auto low = static_cast<float>(args.number("alpha"));
    const auto high = static_cast<float>(args.number("beta"));
    map_elements<float, float>(args.tensor("x"), results, DType::kFloat32, [&](float x) {
      const float raised = x < low ? low : x;
      return raised > high ? high : raised;
    });
  };
  op.elementwise = true;
  op.samples =
      samples({{"alpha", Constant::of(-1.0F)}, {"beta", Constant::of(0.5F)}}, {-1, -0.5F, 0, 0.5F, 0.5F}, "by hand");
  table.add(std::move(op));
}

void add_threshold(OpTable& table) {
  OpDefinition op;
  op.name = "threshold";
  op.signatures = {signature(5, "x: T=fp16|fp32|int32, alpha: T const")};
  op.infer = infer;
  op.evaluate = [](const Arguments& args, Results& results) {
    const Tensor& x = args.tensor("x");
    if (x.dtype() == DType::kInt32) {
      const auto low = static_cast<int32_t>(args.integer("alpha"));
      map_elements<int32_t, int32_t>(x, results, DType::kInt32, [&](int32_t value) { return std::max(value, low); });
    } else {
      const auto low = static_cast<float>(args.number("alpha"));
      map_elements<float, float>(x, results, DType::kFloat32, [&](float value) { return value < low ? low : value; });
    }
  };
  op.elementwise = true;
  op.samples = samples({{"alpha", Constant::of(0.5F)}}, {0.5F, 0.5F, 0.5F, 0.75F, 3}, "by hand");
  op.samples.push_back({{{"x", ints({3}, {-3, 2, 5})}, {"alpha", 2}}, {ints({3}, {2, 2, 5})}, "by hand", 0, 0});
  table.add(std::move(op));
}

}  // namespace

void register_op_activation(OpTable& table) {
  const Arg half("alpha", Constant::of(0.5F));
  const Arg two("beta", Constant::of(2.0F));
  const Arg one("beta", Constant::of(1.0F));
  add(table, "relu", {}, [](double x, double, double) { return at_least(x, 0); }, {}, {0, 0, 0, 0.75F, 3});
  add(table, "relu6", {}, [](double x, double, double) { return at_most(at_least(x, 0), 6); }, {}, {0, 0, 0, 0.75F, 3});
  add(
      table, "sigmoid", {}, [](double x, double, double) { return sigmoid(x); }, {},
      {0.11920292F, 0.37754068F, 0.5F, 0.6791787F, 0.95257413F}, "PyTorch 2.13");
  add(
      table, "silu", {}, [](double x, double, double) { return x * sigmoid(x); }, {},
      {-0.23840584F, -0.18877034F, 0, 0.50938404F, 2.8577223F}, "PyTorch 2.13");
  add(
      table, "softplus", {}, [](double x, double, double) { return softplus(x); }, {},
      {0.12692802F, 0.474077F, 0.6931472F, 1.136871F, 3.0485873F}, "PyTorch 2.13");
  add(
      table, "softsign", {}, [](double x, double, double) { return x / (1 + std::fabs(x)); }, {},
      {-0.6666667F, -0.33333334F, 0, 0.42857143F, 0.75F}, "PyTorch 2.13");
  add(
      table, "elu", {"alpha"}, [](double x, double a, double) { return x >= 0 ? x : a * std::expm1(x); }, {half},
      {-0.43233237F, -0.19673467F, 0, 0.75F, 3}, "PyTorch 2.13");
  add(table, "leaky_relu", {"alpha"}, [](double x, double a, double) { return x >= 0 ? x : a * x; }, {half},
      {-1, -0.25F, 0, 0.75F, 3});
  add(table, "thresholded_relu", {"alpha"}, [](double x, double a, double) { return x < a ? 0 : x; }, {half},
      {0, 0, 0, 0.75F, 3});
  add(table, "clamped_relu", {"alpha", "beta"},
      [](double x, double a, double b) { return at_most(x >= 0 ? x : a * x, b); }, {half, two},
      {-1, -0.25F, 0, 0.75F, 2});
  add(table, "linear_activation", {"alpha", "beta"}, [](double x, double a, double b) { return a * x + b; },
      {half, one}, {0, 0.75F, 1, 1.375F, 2.5F});
  add(
      table, "scaled_tanh", {"alpha", "beta"}, [](double x, double a, double b) { return a * std::tanh(b * x); },
      {{"alpha", Constant::of(1.5F)}, {"beta", Constant::of(0.5F)}},
      {-1.1423912F, -0.367378F, 0, 0.5375361F, 1.3577224F}, "PyTorch 2.13");
  add(table, "sigmoid_hard", {"alpha", "beta"},
      [](double x, double a, double b) { return at_most(at_least(a * x + b, 0), 1); },
      {half, {"beta", Constant::of(0.5F)}}, {0, 0.25F, 0.5F, 0.875F, 1});
  add_clip(table);
  add_threshold(table);
}

}  // namespace anemone

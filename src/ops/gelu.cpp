// SPDX-License-Identifier: Apache-2.0
// gelu: x times the normal distribution function of x, exactly or by one of two approximations.
#include "ops/ops.h"
#include "ops/shared/activation.h"
#include "ops/shared/elementwise.h"

namespace anemone {
namespace {

constexpr double kSqrtHalf = 0.70710678118654752440;
constexpr double kSqrtTwoOverPi = 0.79788456080286535588;

double exact(double x) { return 0.5 * x * std::erfc(-x * kSqrtHalf); }
double by_tanh(double x) { return 0.5 * x * (1 + std::tanh(kSqrtTwoOverPi * (x + 0.044715 * x * x * x))); }
double by_sigmoid(double x) { return x * sigmoid(1.702 * x); }

auto function_of(const std::string& mode) {
  if (mode == "EXACT") return exact;
  if (mode == "TANH_APPROXIMATION") return by_tanh;
  if (mode == "SIGMOID_APPROXIMATION") return by_sigmoid;
  fail("mode {} is not known", mode);
}

std::vector<Type> infer(const Arguments& args) {
  function_of(args.text("mode"));
  return {args.type("x")};
}

void run(const Arguments& args, Results& results) {
  map_in_double(args.tensor("x"), results, function_of(args.text("mode")));
}

Sample sample(const std::vector<Arg>& mode, const std::vector<float>& expected) {
  std::vector<Arg> arguments = mode;
  arguments.emplace_back("x", floats({5}, {-2, -0.5F, 0, 0.75F, 3}));
  return {std::move(arguments), {floats({5}, expected)}, "PyTorch 2.13", 1e-6, 0};
}

}  // namespace

void register_op_gelu(OpTable& table) {
  OpDefinition op;
  op.name = "gelu";
  op.signatures = {signature(5, "x: T=fp16|fp32, mode: string const = EXACT")};
  op.infer = infer;
  op.evaluate = run;
  op.elementwise = true;
  op.samples = {
      sample({}, {-0.045500264F, -0.15426877F, 0, 0.5800295F, 2.9959502F}),
      sample({{"mode", "TANH_APPROXIMATION"}}, {-0.045402307F, -0.154286F, 0, 0.5799606F, 2.9963627F}),
      sample({{"mode", "SIGMOID_APPROXIMATION"}}, {-0.064341374F, -0.14961156F, 0, 0.5863901F, 2.9819286F}),
  };
  table.add(std::move(op));
}

}  // namespace anemone

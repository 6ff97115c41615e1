// SPDX-License-Identifier: Apache-2.0
// Functions of one tensor, element by element. Transcendental ones are computed in double and rounded once; round goes
// to even; int32 wraps around.
#include "ops/ops.h"
#include "ops/shared/elementwise.h"

namespace anemone {
namespace {

const std::vector<float> kNumbers = {-2, -0.5F, 0, 0.75F, 3};
const std::vector<float> kUnit = {-0.9F, -0.5F, 0, 0.25F, 0.75F};
const std::vector<float> kPositive = {0.25F, 1, 2, 9};

Sample sample(const std::vector<float>& x, const std::vector<float>& expected, std::vector<Arg> more = {}) {
  more.emplace_back("x", floats({static_cast<int64_t>(x.size())}, x));
  return {std::move(more), {floats({static_cast<int64_t>(expected.size())}, expected)}, "NumPy 2", 1e-6, 0};
}

OpDefinition elementwise(const char* name, std::vector<Signature> signatures) {
  OpDefinition op;
  op.name = name;
  op.signatures = std::move(signatures);
  op.infer = [](const Arguments& args) -> std::vector<Type> { return {args.type("x")}; };
  op.elementwise = true;
  return op;
}

template <typename F>
void add_float(OpTable& table, const char* name, F f, Sample example) {
  OpDefinition op = elementwise(name, {signature(5, "x: T=fp16|fp32")});
  op.evaluate = [f](const Arguments& args, Results& results) { map_in_double(args.tensor("x"), results, f); };
  op.samples = {std::move(example)};
  table.add(std::move(op));
}

template <typename F, typename G>
void add_number(OpTable& table, const char* name, F f, G on_ints, const std::vector<float>& expected,
                const std::vector<int32_t>& expected_ints) {
  OpDefinition op = elementwise(name, {signature(5, "x: T=fp16|fp32|int32")});
  op.evaluate = [f, on_ints](const Arguments& args, Results& results) {
    const Tensor& x = args.tensor("x");
    if (x.dtype() == DType::kInt32)
      map_elements<int32_t, int32_t>(x, results, DType::kInt32, on_ints);
    else
      map_in_double(x, results, f);
  };
  op.samples = {sample(kNumbers, expected),
                {{{"x", ints({3}, {-3, 0, 5})}}, {ints({3}, expected_ints)}, "by hand", 0, 0}};
  table.add(std::move(op));
}

// Functions that add epsilon to x first.
template <typename F>
void add_with_epsilon(OpTable& table, const char* name, const char* default_epsilon, F f,
                      const std::vector<float>& expected) {
  OpDefinition op = elementwise(name, parametric_signatures({"epsilon"}, std::string(" const = ") + default_epsilon));
  op.infer = [](const Arguments& args) -> std::vector<Type> {
    if (args.has("epsilon")) expect_scalar(args, "epsilon");
    return {args.type("x")};
  };
  op.evaluate = [f](const Arguments& args, Results& results) {
    const float epsilon = float_parameter(args, "epsilon");
    map_elements<float, float>(args.tensor("x"), results, DType::kFloat32,
                               [&](float x) { return static_cast<float>(f(static_cast<double>(x + epsilon))); });
  };
  op.samples = {sample(kPositive, expected),
                sample({1}, {static_cast<float>(f(4.0))}, {{"epsilon", Constant::of(3.0F)}})};
  table.add(std::move(op));
}

double sign(double x) { return std::isnan(x) ? x : static_cast<double>((x > 0) - (x < 0)); }
int32_t negated(int32_t x) { return wrapped(std::minus<>(), 0, x); }

void add_logical_not(OpTable& table) {
  OpDefinition op = elementwise("logical_not", {signature(5, "x: bool")});
  op.evaluate = [](const Arguments& args, Results& results) {
    map_elements<bool, bool>(args.tensor("x"), results, DType::kBool, std::logical_not<>());
  };
  op.samples = {{{{"x", bools({2}, {true, false})}}, {bools({2}, {false, true})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace

void register_op_unary(OpTable& table) {
  const auto add = [&](const char* name, double (*f)(double), const std::vector<float>& x,
                       const std::vector<float>& expected) { add_float(table, name, f, sample(x, expected)); };
  add("acos", std::acos, kUnit, {2.6905658F, 2.0943952F, 1.5707964F, 1.3181161F, 0.7227343F});
  add("asin", std::asin, kUnit, {-1.1197695F, -0.5235988F, 0, 0.25268024F, 0.8480621F});
  add("atan", std::atan, kNumbers, {-1.1071488F, -0.4636476F, 0, 0.6435011F, 1.2490457F});
  add("atanh", std::atanh, kUnit, {-1.4722193F, -0.54930615F, 0, 0.25541282F, 0.97295505F});
  add("ceil", std::ceil, kNumbers, {-2, 0, 0, 1, 3});
  add("cos", std::cos, kNumbers, {-0.41614684F, 0.87758255F, 1, 0.73168886F, -0.9899925F});
  add("cosh", std::cosh, kNumbers, {3.7621956F, 1.127626F, 1, 1.2946833F, 10.067662F});
  add("erf", std::erf, kNumbers, {-0.9953223F, -0.5204999F, 0, 0.71115565F, 0.9999779F});
  add("exp", std::exp, kNumbers, {0.13533528F, 0.60653067F, 1, 2.117F, 20.085537F});
  add("floor", std::floor, kNumbers, {-2, -1, 0, 0, 3});
  add("round", std::nearbyint, {-2.5F, -0.6F, 0.5F, 1.5F, 2.4F}, {-2, -1, 0, 2, 2});
  add("sin", std::sin, kNumbers, {-0.9092974F, -0.47942555F, 0, 0.6816388F, 0.14112F});
  add("sinh", std::sinh, kNumbers, {-3.6268604F, -0.5210953F, 0, 0.8223167F, 10.017875F});
  add("sqrt", std::sqrt, kPositive, {0.5F, 1, 1.4142135F, 3});
  add("tan", std::tan, kNumbers, {2.1850398F, -0.5463025F, 0, 0.93159646F, -0.14254655F});
  add("tanh", std::tanh, kNumbers, {-0.9640276F, -0.46211717F, 0, 0.63514894F, 0.9950548F});

  add_number(
      table, "abs", [](double x) { return std::fabs(x); }, [](int32_t x) { return x < 0 ? negated(x) : x; },
      {2, 0.5F, 0, 0.75F, 3}, {3, 0, 5});
  add_number(
      table, "exp2", [](double x) { return std::exp2(x); }, [](int32_t x) { return saturated(std::exp2(x)); },
      {0.25F, 0.70710677F, 1, 1.6817929F, 8}, {0, 1, 32});
  add_number(table, "sign", sign, [](int32_t x) { return (x > 0) - (x < 0); }, {-1, -1, 0, 1, 1}, {-1, 0, 1});
  add_number(
      table, "square", [](double x) { return x * x; }, [](int32_t x) { return wrapped(std::multiplies<>(), x, x); },
      {4, 0.25F, 0, 0.5625F, 9}, {9, 0, 25});

  add_with_epsilon(table, "inverse", "0.0001", [](double x) { return 1 / x; },
                   {3.9984007F, 0.9999F, 0.499975F, 0.111109875F});
  add_with_epsilon(table, "log", "1e-45", [](double x) { return std::log(x); },
                   {-1.3862944F, 0, 0.6931472F, 2.1972246F});
  add_with_epsilon(table, "rsqrt", "1e-12", [](double x) { return 1 / std::sqrt(x); },
                   {2, 1, 0.70710677F, 0.33333334F});
  add_logical_not(table);
}

}  // namespace anemone

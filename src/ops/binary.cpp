// SPDX-License-Identifier: Apache-2.0
// Arithmetic, comparisons and logic on two tensors that broadcast as in NumPy. int32 wraps around; dividing an integer
// by 0 gives 0; real_div of integers truncates; floor_div and mod round towards minus infinity.
#include "ops/ops.h"
#include "ops/shared/elementwise.h"

namespace anemone {
namespace {

template <typename T, typename R, typename F>
void apply(const Tensor& x, const Tensor& y, Results& results, DType result_type, F f) {
  const std::array<const Tensor*, 2> operands = {&x, &y};
  const ConcreteShape shape = broadcast_shape({&x, &y});
  R* out = results.allocate(0, shape, result_type).as<R>().data();
  const T* a = x.as<T>().data();
  const T* b = y.as<T>().data();
  for_each_run(shape, operands, results.threads(), [&](const BroadcastRun<2>& run) {
    const T* p = a + run.offsets[0];
    const T* q = b + run.offsets[1];
    R* to = out + run.begin;
    if (run.steps[0] == 1 && run.steps[1] == 1) {
      for (int64_t i = 0; i < run.count; ++i) to[i] = f(p[i], q[i]);
    } else if (run.steps[0] == 1) {
      for (int64_t i = 0; i < run.count; ++i) to[i] = f(p[i], *q);
    } else if (run.steps[1] == 1) {
      for (int64_t i = 0; i < run.count; ++i) to[i] = f(*p, q[i]);
    } else {
      std::fill_n(to, run.count, f(*p, *q));
    }
  });
}

// One function object for each op; calls are resolved by element type.
struct Add {
  float operator()(float a, float b) const { return a + b; }
  int32_t operator()(int32_t a, int32_t b) const { return wrapped(std::plus<>(), a, b); }
};
struct Sub {
  float operator()(float a, float b) const { return a - b; }
  int32_t operator()(int32_t a, int32_t b) const { return wrapped(std::minus<>(), a, b); }
};
struct Mul {
  float operator()(float a, float b) const { return a * b; }
  int32_t operator()(int32_t a, int32_t b) const { return wrapped(std::multiplies<>(), a, b); }
};
struct RealDiv {
  float operator()(float a, float b) const { return a / b; }
  int32_t operator()(int32_t a, int32_t b) const { return b == 0 ? 0 : b == -1 ? Sub()(0, a) : a / b; }
};
struct FloorDiv {
  // From the remainder, which is exact: a rounded quotient may lie above the true one.
  float operator()(float a, float b) const {
    if (b == 0 || std::isinf(a)) return a / b;
    const float remainder = std::fmod(a, b);
    const float quotient = (a - remainder) / b;
    return std::round(remainder != 0 && (remainder < 0) != (b < 0) ? quotient - 1 : quotient);
  }
  int32_t operator()(int32_t a, int32_t b) const {
    const int32_t quotient = RealDiv()(a, b);
    const bool exact = b == 0 || b == -1 || a % b == 0;
    return !exact && (a < 0) != (b < 0) ? quotient - 1 : quotient;
  }
};
struct Mod {
  float operator()(float a, float b) const {
    const float remainder = std::fmod(a, b);
    if (remainder == 0) return std::copysign(0.0F, b);
    return (remainder < 0) != (b < 0) ? remainder + b : remainder;
  }
  int32_t operator()(int32_t a, int32_t b) const {
    if (b == 0 || b == -1) return 0;
    const int32_t remainder = a % b;
    return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
  }
};
struct Pow {
  float operator()(float a, float b) const {
    return static_cast<float>(std::pow(static_cast<double>(a), static_cast<double>(b)));
  }
  int32_t operator()(int32_t a, int32_t b) const { return saturated(std::pow(a, b)); }
};
struct Maximum {
  float operator()(float a, float b) const { return std::isnan(a) || a > b ? a : b; }
  int32_t operator()(int32_t a, int32_t b) const { return std::max(a, b); }
};
struct Minimum {
  float operator()(float a, float b) const { return std::isnan(a) || a < b ? a : b; }
  int32_t operator()(int32_t a, int32_t b) const { return std::min(a, b); }
};

template <typename F>
void run_arithmetic(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const Tensor& y = args.tensor("y");
  if (x.dtype() == DType::kInt32)
    apply<int32_t, int32_t>(x, y, results, DType::kInt32, F());
  else
    apply<float, float>(x, y, results, DType::kFloat32, F());
}

template <typename F>
void run_comparison(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const Tensor& y = args.tensor("y");
  if (x.dtype() == DType::kInt32)
    apply<int32_t, bool>(x, y, results, DType::kBool, F());
  else
    apply<float, bool>(x, y, results, DType::kBool, F());
}

template <typename F>
void run_logic(const Arguments& args, Results& results) {
  apply<bool, bool>(args.tensor("x"), args.tensor("y"), results, DType::kBool, F());
}

void add(OpTable& table, const char* name, const char* types, bool gives_bool, void (*run)(const Arguments&, Results&),
         std::vector<Sample> samples) {
  OpDefinition op;
  op.name = name;
  op.signatures = {signature(5, fmt::format("x: T={}, y: T", types))};
  op.infer = [gives_bool](const Arguments& args) -> std::vector<Type> {
    const Type& x = args.type("x");
    return {broadcast_type({&x, &args.type("y")}, gives_bool ? DType::kBool : x.dtype)};
  };
  op.evaluate = run;
  op.elementwise = true;
  op.samples = std::move(samples);
  table.add(std::move(op));
}

template <typename F>
void add_arithmetic(OpTable& table, const char* name, const std::vector<float>& expected,
                    const std::vector<int32_t>& of_ints) {
  const Arg x("x", floats({5}, {-7.5F, -1, 0, 2, 7.5F}));
  const Arg y("y", floats({5}, {2, -0.5F, 3, 2, -2}));
  add(table, name, "fp16|fp32|int32", false, run_arithmetic<F>,
      {{{x, y}, {floats({5}, expected)}, "NumPy 2", 1e-6, 0},
       {{{"x", ints({2, 1}, {-7, 7})}, {"y", ints({3}, {2, -3, 7})}}, {ints({2, 3}, of_ints)}, "NumPy 2", 0, 0}});
}

template <typename F>
void add_comparison(OpTable& table, const char* name, const std::vector<bool>& expected) {
  add(table, name, "fp16|fp32|int32", true, run_comparison<F>,
      {{{{"x", floats({3}, {1, 2, 3})}, {"y", floats({}, {2})}}, {bools({3}, expected)}, "by hand", 0, 0}});
}

template <typename F>
void add_logic(OpTable& table, const char* name, const std::vector<bool>& expected) {
  add(table, name, "bool", true, run_logic<F>,
      {{{{"x", bools({4}, {false, false, true, true})}, {"y", bools({4}, {false, true, false, true})}},
        {bools({4}, expected)},
        "by hand",
        0,
        0}});
}

}  // namespace

void register_op_binary(OpTable& table) {
  add_arithmetic<Add>(table, "add", {-5.5F, -1.5F, 3, 4, 5.5F}, {-5, -10, 0, 9, 4, 14});
  add_arithmetic<Sub>(table, "sub", {-9.5F, -0.5F, -3, 0, 9.5F}, {-9, -4, -14, 5, 10, 0});
  add_arithmetic<Mul>(table, "mul", {-15, 0.5F, 0, 4, -15}, {-14, 21, -49, 14, -21, 49});
  add_arithmetic<RealDiv>(table, "real_div", {-3.75F, 2, 0, 1, -3.75F}, {-3, 2, -1, 3, -2, 1});
  add_arithmetic<FloorDiv>(table, "floor_div", {-4, 2, 0, 1, -4}, {-4, 2, -1, 3, -3, 1});
  add_arithmetic<Mod>(table, "mod", {0.5F, 0, 0, 0, -0.5F}, {1, -1, 0, 1, -2, 0});
  add_arithmetic<Pow>(table, "pow", {56.25F, NAN, 0, 4, 0.017777778F}, {49, 0, -823543, 49, 0, 823543});
  add_arithmetic<Maximum>(table, "maximum", {2, -0.5F, 3, 2, 7.5F}, {2, -3, 7, 7, 7, 7});
  add_arithmetic<Minimum>(table, "minimum", {-7.5F, -1, 0, 2, -2}, {-7, -7, -7, 2, -3, 7});
  add_comparison<std::equal_to<>>(table, "equal", {false, true, false});
  add_comparison<std::not_equal_to<>>(table, "not_equal", {true, false, true});
  add_comparison<std::greater<>>(table, "greater", {false, false, true});
  add_comparison<std::greater_equal<>>(table, "greater_equal", {false, true, true});
  add_comparison<std::less<>>(table, "less", {true, false, false});
  add_comparison<std::less_equal<>>(table, "less_equal", {true, true, false});
  add_logic<std::logical_and<>>(table, "logical_and", {false, false, false, true});
  add_logic<std::logical_or<>>(table, "logical_or", {false, true, true, true});
  add_logic<std::not_equal_to<>>(table, "logical_xor", {false, true, true, false});
}

}  // namespace anemone

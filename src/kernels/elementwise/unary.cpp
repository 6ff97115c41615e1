// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "base/error.h"
#include "kernels/elementwise/activation.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise/unary.cpp"
#include <hwy/foreach_target.h>  // compiles the vector part once per instruction set
#include <hwy/highway.h>

#include "kernels/elementwise/map-inl.h"
#include "kernels/elementwise/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anemone::kernels::HWY_NAMESPACE {
namespace {

// Each functor is the formula; D is the vector tag, p the parameter.
#define ANEMONE_UNARY(Name, expression)                        \
  struct Name {                                                \
    float p;                                                   \
    template <class D, class V>                                \
    HWY_INLINE V operator()([[maybe_unused]] D d, V x) const { \
      return expression;                                       \
    }                                                          \
  };

ANEMONE_UNARY(Abs, hn::Abs(x))
ANEMONE_UNARY(Erf, erf(d, x))
ANEMONE_UNARY(Exp, exp(d, x))
ANEMONE_UNARY(Inverse, hn::Div(hn::Set(d, 1.0F), hn::Add(x, hn::Set(d, p))))
ANEMONE_UNARY(Log, log(d, hn::Add(x, hn::Set(d, p))))
ANEMONE_UNARY(Relu, hn::IfThenElse(hn::Le(x, hn::Zero(d)), hn::Zero(d), x))
ANEMONE_UNARY(Rsqrt, hn::Div(hn::Set(d, 1.0F), hn::Sqrt(hn::Add(x, hn::Set(d, p)))))
ANEMONE_UNARY(Sigmoid, sigmoid(d, x))
ANEMONE_UNARY(Silu, hn::Mul(x, sigmoid(d, x)))
ANEMONE_UNARY(Sqrt, hn::Sqrt(x))
ANEMONE_UNARY(Square, hn::Mul(x, x))
ANEMONE_UNARY(Tanh, tanh(d, x))
ANEMONE_UNARY(GeluSigmoid, hn::Mul(x, sigmoid(d, hn::Mul(x, hn::Set(d, 1.702F)))))
// x/2 · (1 + erf(x / √2)); below -6 the sum is 0 in float, and 0 · -∞ must not be NaN.
ANEMONE_UNARY(Gelu,
              hn::Mul(hn::Mul(hn::IfThenElse(hn::Lt(x, hn::Set(d, -6.0F)), hn::Set(d, -6.0F), x), hn::Set(d, 0.5F)),
                      hn::Add(hn::Set(d, 1.0F), erf(d, hn::Mul(x, hn::Set(d, 0.70710678F))))))
// (1 + tanh(u)) / 2 = sigmoid(2u)
ANEMONE_UNARY(GeluTanh,
              hn::Mul(x, sigmoid(d, hn::Mul(hn::Mul(x, hn::Set(d, 1.59576912F)),
                                            hn::Add(hn::Set(d, 1.0F), hn::Mul(hn::Mul(x, x), hn::Set(d, 0.044715F)))))))
#undef ANEMONE_UNARY

}  // namespace

void unary(Unary function, const float* x, float* out, int64_t count, float p) {
  switch (function) {
    case Unary::kAbs:
      return map(Abs{p}, count, out, x);
    case Unary::kErf:
      return map(Erf{p}, count, out, x);
    case Unary::kExp:
      return map(Exp{p}, count, out, x);
    case Unary::kGelu:
      return map(Gelu{p}, count, out, x);
    case Unary::kGeluSigmoid:
      return map(GeluSigmoid{p}, count, out, x);
    case Unary::kGeluTanh:
      return map(GeluTanh{p}, count, out, x);
    case Unary::kInverse:
      return map(Inverse{p}, count, out, x);
    case Unary::kLog:
      return map(Log{p}, count, out, x);
    case Unary::kRelu:
      return map(Relu{p}, count, out, x);
    case Unary::kRsqrt:
      return map(Rsqrt{p}, count, out, x);
    case Unary::kSigmoid:
      return map(Sigmoid{p}, count, out, x);
    case Unary::kSilu:
      return map(Silu{p}, count, out, x);
    case Unary::kSqrt:
      return map(Sqrt{p}, count, out, x);
    case Unary::kSquare:
      return map(Square{p}, count, out, x);
    case Unary::kTanh:
      return map(Tanh{p}, count, out, x);
    case Unary::kCos:
    case Unary::kSin:
      break;  // in double, below
  }
  CHECK(false);
}

}  // namespace anemone::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anemone::kernels {

HWY_EXPORT(unary);

void unary(Unary function, const float* x, float* out, int64_t count, float parameter) {
  if (function == Unary::kSin) {
    for (int64_t i = 0; i < count; ++i) out[i] = static_cast<float>(std::sin(static_cast<double>(x[i])));
  } else if (function == Unary::kCos) {
    for (int64_t i = 0; i < count; ++i) out[i] = static_cast<float>(std::cos(static_cast<double>(x[i])));
  } else {
    HWY_DYNAMIC_DISPATCH(unary)(function, x, out, count, parameter);
  }
}

std::optional<Unary> function_of(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return std::nullopt;
    case Activation::kRelu:
      return Unary::kRelu;
    case Activation::kGelu:
      return Unary::kGelu;
    case Activation::kGeluTanh:
      return Unary::kGeluTanh;
    case Activation::kSilu:
      return Unary::kSilu;
  }
  return std::nullopt;
}

void activate(Activation activation, float* values, int64_t count) {
  if (const auto function = function_of(activation)) unary(*function, values, values, count);
}

}  // namespace anemone::kernels
#endif

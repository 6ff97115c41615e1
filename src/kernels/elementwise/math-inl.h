// SPDX-License-Identifier: Apache-2.0
// Vector exp, log, tanh, sigmoid and erf from additions, multiplications, divisions and bit operations only, so that
// every instruction set gives the same bits. Polynomials are minimax fits made for this file (Remez exchange in 40
// digits). Included once per instruction set, hence the unusual guard.
#if defined(ANEMONE_KERNELS_MATH_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ANEMONE_KERNELS_MATH_INL_H
#undef ANEMONE_KERNELS_MATH_INL_H
#else
#define ANEMONE_KERNELS_MATH_INL_H
#endif

#include <hwy/highway.h>

#include <limits>

HWY_BEFORE_NAMESPACE();
namespace anemone::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// c0 + x (c1 + x (c2 + ...))
template <class D, class V = hn::Vec<D>>
HWY_INLINE V polynomial(D d, V x, float c0) {
  (void)x;
  return hn::Set(d, c0);
}
template <class D, class V = hn::Vec<D>, typename... Rest>
HWY_INLINE V polynomial(D d, V x, float c0, Rest... rest) {
  return hn::Add(hn::Set(d, c0), hn::Mul(x, polynomial(d, x, rest...)));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V select_nan(D d, V x, V otherwise) {  // x where it is NaN
  (void)d;
  return hn::IfThenElse(hn::IsNaN(x), x, otherwise);
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp(D d, V x) {
  const hn::RebindToSigned<D> di;
  const V high = hn::Set(d, 89.0F);  // beyond it the result is infinite, below `low` it is zero
  const V low = hn::Set(d, -104.0F);
  x = hn::IfThenElse(hn::Gt(x, high), high, hn::IfThenElse(hn::Lt(x, low), low, x));
  // x = n ln 2 + r. Adding 1.5 · 2^23 leaves the nearest integer in the low bits; ln 2 is split so that n · 0.693359375
  // is exact.
  const V magic = hn::Set(d, 12582912.0F);
  const V shifted = hn::Add(hn::Mul(x, hn::Set(d, 1.44269504F)), magic);
  const V n = hn::Sub(shifted, magic);
  const V r = hn::Sub(hn::Sub(x, hn::Mul(n, hn::Set(d, 0.693359375F))), hn::Mul(n, hn::Set(d, -2.12194440e-4F)));
  const V tail = polynomial(d, r, 0.5F, 1.6666667e-01F, 4.166627e-02F, 8.333264e-03F, 1.3946176e-03F, 1.9918528e-04F);
  const V mantissa = hn::Add(hn::Set(d, 1.0F), hn::Add(r, hn::Mul(hn::Mul(r, r), tail)));
  // Times 2^n in two steps, so that only the last one can round.
  const auto exponent = hn::Sub(hn::BitCast(di, shifted), hn::BitCast(di, magic));
  const auto half = hn::ShiftRight<1>(exponent);
  const auto bias = hn::Set(di, 127);
  const V first = hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(half, bias)));
  const V second = hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(hn::Sub(exponent, half), bias)));
  return select_nan(d, x, hn::Mul(hn::Mul(mantissa, first), second));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V log(D d, V x) {
  const hn::RebindToSigned<D> di;
  const V smallest = hn::Set(d, std::numeric_limits<float>::min());
  const auto subnormal = hn::Lt(x, smallest);
  const V scaled = hn::IfThenElse(subnormal, hn::Mul(x, hn::Set(d, 0x1p25F)), x);
  // scaled = 2^n · m with m in [√½, √2)
  const auto bits = hn::Sub(hn::BitCast(di, scaled), hn::Set(di, 0x3F3504F3));
  const auto exponent = hn::ShiftRight<23>(bits);
  const V m = hn::BitCast(d, hn::Add(hn::And(bits, hn::Set(di, 0x7FFFFF)), hn::Set(di, 0x3F3504F3)));
  const V offset = hn::IfThenElse(subnormal, hn::Set(d, -25.0F), hn::Zero(d));
  const V n = hn::Add(hn::ConvertTo(d, exponent), offset);
  const V f = hn::Sub(m, hn::Set(d, 1.0F));
  const V square = hn::Mul(f, f);
  const V tail = polynomial(d, f, 3.3333313e-01F, -2.500001e-01F, 2.0002119e-01F, -1.6667995e-01F, 1.4219554e-01F,
                            -1.2405595e-01F, 1.18881606e-01F, -1.1675614e-01F, 6.746598e-02F);
  V small = hn::Mul(hn::Mul(f, square), tail);
  small = hn::Sub(hn::Add(small, hn::Mul(n, hn::Set(d, -2.12194440e-4F))), hn::Mul(square, hn::Set(d, 0.5F)));
  V result = hn::Add(hn::Add(f, small), hn::Mul(n, hn::Set(d, 0.693359375F)));
  const V infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  result = hn::IfThenElse(hn::Eq(x, infinity), infinity, result);
  result = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Neg(infinity), result);
  result = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Set(d, std::numeric_limits<float>::quiet_NaN()), result);
  return select_nan(d, x, result);
}

// 1 / (1 + e^-x), through e^-|x| so that nothing overflows and small results keep their precision.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sigmoid(D d, V x) {
  const V one = hn::Set(d, 1.0F);
  const V e = exp(d, hn::Neg(hn::Abs(x)));
  return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one), hn::Add(one, e));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V tanh(D d, V x) {
  const V one = hn::Set(d, 1.0F);
  const V two = hn::Set(d, 2.0F);
  const V magnitude = hn::Abs(x);
  const V z = hn::Mul(x, x);
  const V tail =
      polynomial(d, z, -3.333333e-01F, 1.333321e-01F, -5.3947203e-02F, 2.170297e-02F, -8.182678e-03F, 2.1475405e-03F);
  const V near = hn::CopySign(hn::Add(x, hn::Mul(hn::Mul(x, z), tail)), x);  // keeps -0
  const V far = hn::Sub(one, hn::Div(two, hn::Add(exp(d, hn::Mul(magnitude, two)), one)));
  const V result = hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, 0.625F)), near, hn::CopySign(far, x));
  return select_nan(d, x, result);
}

// Below 1 a polynomial in x²; above, 1 - e^-q with q a fit of -log(erfc(x)), which is 1 in float from 4 on.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V erf(D d, V x) {
  const V magnitude = hn::Abs(x);
  const V z = hn::Mul(x, x);
  const V series = polynomial(d, z, 1.2837917e-01F, -3.7612638e-01F, 1.1283783e-01F, -2.6865445e-02F, 5.221075e-03F,
                              -8.484711e-04F, 1.1270545e-04F, -9.680137e-06F);
  const V near = hn::Add(x, hn::Mul(x, series));
  const V four = hn::Set(d, 4.0F);
  const V u = hn::Sub(hn::IfThenElse(hn::Gt(magnitude, four), four, magnitude), hn::Set(d, 1.0F));
  const V q = polynomial(d, u, 1.8496056F, 2.6389675F, 8.431071e-01F, 4.156348e-02F, -1.0046452e-02F, 2.0119662e-03F,
                         -2.8952782e-04F, 2.1686737e-05F);
  const V far = hn::Sub(hn::Set(d, 1.0F), exp(d, hn::Neg(q)));
  const V result = hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, 1.0F)), near, hn::CopySign(far, x));
  return select_nan(d, x, result);
}

}  // namespace anemone::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target guard

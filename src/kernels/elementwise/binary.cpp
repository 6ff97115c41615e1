// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise/binary.cpp"
#include <hwy/foreach_target.h>  // compiles the vector part once per instruction set
#include <hwy/highway.h>

#include "kernels/elementwise/map-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anemone::kernels::HWY_NAMESPACE {
namespace {

#define ANEMONE_BINARY(Name, expression)         \
  struct Name {                                  \
    template <class D, class V>                  \
    HWY_INLINE V operator()(D, V x, V y) const { \
      return expression;                         \
    }                                            \
  };

ANEMONE_BINARY(Add, hn::Add(x, y))
ANEMONE_BINARY(Sub, hn::Sub(x, y))
ANEMONE_BINARY(Mul, hn::Mul(x, y))
ANEMONE_BINARY(Div, hn::Div(x, y))
// Instruction sets disagree on max and min of NaN: comparisons do not. NaN of either side wins.
ANEMONE_BINARY(Max, hn::IfThenElse(hn::IsNaN(x), x, hn::IfThenElse(hn::Gt(x, y), x, y)))
ANEMONE_BINARY(Min, hn::IfThenElse(hn::IsNaN(x), x, hn::IfThenElse(hn::Lt(x, y), x, y)))
#undef ANEMONE_BINARY

struct Both {
  const float* x;
  const float* y;
  float* out;
  int64_t count;
  template <class Functor>
  void operator()(const Functor& functor) const {
    map(functor, count, out, x, y);
  }
};

struct RightScalar {
  const float* x;
  float y;
  float* out;
  int64_t count;
  template <class Functor>
  struct Bound {
    Functor functor;
    float right;
    template <class D, class V>
    HWY_INLINE V operator()(D d, V left) const {
      return functor(d, left, hn::Set(d, right));
    }
  };
  template <class Functor>
  void operator()(const Functor& functor) const {
    map(Bound<Functor>{functor, y}, count, out, x);
  }
};

struct LeftScalar {
  float x;
  const float* y;
  float* out;
  int64_t count;
  template <class Functor>
  struct Bound {
    Functor functor;
    float left;
    template <class D, class V>
    HWY_INLINE V operator()(D d, V right) const {
      return functor(d, hn::Set(d, left), right);
    }
  };
  template <class Functor>
  void operator()(const Functor& functor) const {
    map(Bound<Functor>{functor, x}, count, out, y);
  }
};

template <class Loop>
void choose(Binary function, const Loop& loop) {
  switch (function) {
    case Binary::kAdd:
      return loop(Add());
    case Binary::kSub:
      return loop(Sub());
    case Binary::kMul:
      return loop(Mul());
    case Binary::kDiv:
      return loop(Div());
    case Binary::kMax:
      return loop(Max());
    case Binary::kMin:
      return loop(Min());
  }
}

}  // namespace

void binary(Binary function, const float* x, const float* y, float* out, int64_t count) {
  choose(function, Both{x, y, out, count});
}
void binary_scalar(Binary function, const float* x, float y, float* out, int64_t count) {
  choose(function, RightScalar{x, y, out, count});
}
void scalar_binary(Binary function, float x, const float* y, float* out, int64_t count) {
  choose(function, LeftScalar{x, y, out, count});
}

}  // namespace anemone::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anemone::kernels {

HWY_EXPORT(binary);
HWY_EXPORT(binary_scalar);
HWY_EXPORT(scalar_binary);

void binary(Binary function, const float* x, const float* y, float* out, int64_t count) {
  HWY_DYNAMIC_DISPATCH(binary)(function, x, y, out, count);
}
void binary_scalar(Binary function, const float* x, float y, float* out, int64_t count) {
  HWY_DYNAMIC_DISPATCH(binary_scalar)(function, x, y, out, count);
}
void scalar_binary(Binary function, float x, const float* y, float* out, int64_t count) {
  HWY_DYNAMIC_DISPATCH(scalar_binary)(function, x, y, out, count);
}

}  // namespace anemone::kernels
#endif

// SPDX-License-Identifier: Apache-2.0
// Functions of float spans, element by element, on the caller's thread. `out` may be an input. The bits of an element
// depend on its inputs only: not on its position, the count, the alignment or the instruction set (no fused
// multiply-add anywhere; sin and cos round the C library's double result). NaN gives NaN, also in max, min and relu.
#pragma once

#include <cstdint>

namespace anemone::kernels {

// Largest errors against a double-precision reference, measured over 200 000 arguments each (the tests hold them), in
// units in the last place unless noted; "exact" is correctly rounded.
enum class Unary {
  kAbs,          // exact
  kCos,          // exact but for ties of the double result
  kErf,          // 7e-8 absolute
  kExp,          // 0.9, subnormal results included
  kGelu,         // x · Φ(x): 1.1e-7 relative to max(1, |x|)
  kGeluSigmoid,  // x · sigmoid(1.702 x): 1.5e-7 relative to max(1, |x|)
  kGeluTanh,     // 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))): 1.5e-7 relative to max(1, |x|)
  kInverse,      // 1 / (x + parameter), exact after the addition
  kLog,          // log(x + parameter): 0.9 after the addition
  kRelu,         // exact
  kRsqrt,        // 1 / √(x + parameter): 1.5
  kSigmoid,      // 2.3
  kSilu,         // 2.9
  kSin,          // as kCos
  kSqrt,         // exact
  kSquare,       // exact
  kTanh,         // 1.3
};

enum class Binary { kAdd, kSub, kMul, kDiv, kMax, kMin };

void unary(Unary function, const float* x, float* out, int64_t count, float parameter = 0.0F);

void binary(Binary function, const float* x, const float* y, float* out, int64_t count);
void binary_scalar(Binary function, const float* x, float y, float* out, int64_t count);
void scalar_binary(Binary function, float x, const float* y, float* out, int64_t count);

}  // namespace anemone::kernels

// SPDX-License-Identifier: Apache-2.0
// Sums and maxima of float32 along one axis. An output is combined along a contiguous row in the order of reduce-inl.h,
// else in rising order; so its bits depend on its own elements only.
#pragma once

#include <cstdint>

namespace anemone::kernels {

enum class Reduction { kSum, kSumOfSquares, kSumOfMagnitudes, kMax, kMin };

// x is (outer, axis, inner), out (outer, inner). NaN wins a maximum and a minimum. axis must be positive.
void reduce(int threads, Reduction kind, int64_t outer, int64_t axis, int64_t inner, const float* x, float* out);

}  // namespace anemone::kernels

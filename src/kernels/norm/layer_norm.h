// SPDX-License-Identifier: Apache-2.0
// Layer norm of float32 data [outer, axis, inner] over the middle axis:
// (x - mean) / √(variance + epsilon) · gamma + beta, with the variance of the centred values (two passes, so that a
// large mean costs no precision). The order of the sums depends on the axis length and on whether inner is 1, never on
// outer, inner, threads or the instruction set. `out` may be `x`.
#pragma once

#include <cstdint>

namespace anemone::kernels {

// `gamma` and `beta` have `axis` elements; either may be null.
void layer_norm(int threads, int64_t outer, int64_t axis, int64_t inner, const float* x, const float* gamma,
                const float* beta, float epsilon, float* out);

// x / √(mean of squares + epsilon) · gamma.
void rms_norm(int threads, int64_t outer, int64_t axis, int64_t inner, const float* x, const float* gamma,
              float epsilon, float* out);

}  // namespace anemone::kernels

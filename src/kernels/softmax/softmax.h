// SPDX-License-Identifier: Apache-2.0
// softmax of float32 data [outer, axis, inner] over the middle axis: e^(x - max) / sum. The order of the sum depends on
// the axis length and on whether inner is 1, never on outer, inner, threads or the instruction set. -inf counts as
// absent; a row of nothing but -inf, or with NaN or +inf, is all NaN, as in the usual frameworks. `out` may be `x`.
#pragma once

#include <cstdint>

namespace anemone::kernels {

void softmax(int threads, int64_t outer, int64_t axis, int64_t inner, const float* x, float* out);

}  // namespace anemone::kernels

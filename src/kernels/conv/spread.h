// SPDX-License-Identifier: Apache-2.0
// The second half of a transposed convolution: what each input position gives to the outputs under the kernel is added
// up there.
#pragma once

#include <array>
#include <cstdint>

#include "kernels/window/window.h"

namespace anemone::kernels {

// Three axes, size 1 ones in front. For a transposed convolution, input position i lies under output
// i · stride + tap · dilation - before.
using SpreadAxes = std::array<WindowShape, 3>;

// `products` is (channels, taps, inputs), `out` (channels, outputs); bias[c], or 0 when bias is null, is where a sum
// starts. Taps are added in rising order.
void spread(int threads, const SpreadAxes& axes, int64_t channels, const float* products, const float* bias,
            float* out);

}  // namespace anemone::kernels

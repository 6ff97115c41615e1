// SPDX-License-Identifier: Apache-2.0
// One panel of the matrix whose product with the weights is the convolution: rows are taps (channel, kernel row, kernel
// column), columns are output positions in row-major order.
#pragma once

#include <cstdint>

#include "kernels/conv/conv.h"

namespace anemone::kernels {

// Fills `depth` rows of kPanel columns from tap k0 and output position `column` on, zero beyond `columns`. `x` is the
// first channel of the group, (channels, height, width).
void im2col_panel(const ConvGeometry& geometry, int64_t height, int64_t width, const float* x, int64_t k0,
                  int64_t depth, int64_t column, int64_t columns, float* panel);

}  // namespace anemone::kernels

// SPDX-License-Identifier: Apache-2.0
// Products with a constant: linear, matmul, einsum and 1x1 convolutions become a convolution of (B, C, 1, S), or of an
// image, once somebody needs the result.
#pragma once

#include "passes/form/state.h"

namespace anemone::form {

// Notes the product; false when it is none.
bool lower_projection(State& state, const Op& op, const AxesStatement& axes);

}  // namespace anemone::form

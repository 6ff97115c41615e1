// SPDX-License-Identifier: Apache-2.0
// Products with a constant: linear, matmul, einsum and 1x1 convolutions become a convolution of (B, C, 1, S), or of an
// image, once somebody needs the result.
#pragma once

#include "passes/form/state.h"

namespace anemone::form {

// Notes the product; false when it is none.
bool lower_projection(State& state, const Op& op, const AxesStatement& axes);

// [out, inner] -> [out as `sizes`, inner], or [out] -> `sizes`; and back, `axes` of them.
Constant opened(const Constant& constant, ConcreteShape sizes);
Constant closed(const Constant& constant, size_t axes);

}  // namespace anemone::form

// SPDX-License-Identifier: Apache-2.0
// The activations that products may apply to their results while these are in cache.
#pragma once

#include <cstdint>

namespace anemone::kernels {

enum class Activation {
  kNone,
  kRelu,
  kGelu,      // x · Φ(x), exact
  kGeluTanh,  // the tanh approximation
  kSilu,
};

// Applies it in place; the same bits as the function of elementwise.h.
void activate(Activation activation, float* values, int64_t count);

}  // namespace anemone::kernels

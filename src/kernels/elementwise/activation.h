// SPDX-License-Identifier: Apache-2.0
// The activations that products may apply to their results while these are in cache.
#pragma once

#include <cstdint>
#include <optional>

#include "kernels/elementwise/elementwise.h"

namespace anemone::kernels {

enum class Activation {
  kNone,
  kRelu,
  kGelu,      // x · Φ(x), exact
  kGeluTanh,  // the tanh approximation
  kSilu,
};

std::optional<Unary> function_of(Activation activation);  // nothing for kNone

// Applies it in place.
void activate(Activation activation, float* values, int64_t count);

}  // namespace anemone::kernels

// SPDX-License-Identifier: Apache-2.0
// Functions in double that several ops share. They neither overflow nor lose small results.
#pragma once

#include <cmath>

namespace anemone {

inline double sigmoid(double x) {
  const double e = std::exp(-std::fabs(x));
  return (x < 0 ? e : 1) / (1 + e);
}

inline double softplus(double x) { return (x > 0 ? x : 0) + std::log1p(std::exp(-std::fabs(x))); }

}  // namespace anemone

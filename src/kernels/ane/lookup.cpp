// SPDX-License-Identifier: Apache-2.0
#include "kernels/ane/lookup.h"

#include <algorithm>
#include <cmath>

#include "base/half.h"
#include "kernels/ane/half.h"

namespace anemone::kernels::ane {
namespace {

// Where x lies: x = low + (index + fraction) · step.
struct Position {
  size_t index;
  double fraction;

  Position(double x, double low, double step, size_t points) {
    const double place = std::clamp((x - low) / step, 0.0, static_cast<double>(points - 1));
    index = std::min(static_cast<size_t>(place), points - 2);
    fraction = place - static_cast<double>(index);
  }
};

// Solves the symmetric system with this diagonal and the entries beside it.
std::vector<double> solve(std::vector<double> diagonal, const std::vector<double>& beside, std::vector<double> right) {
  const size_t size = right.size();
  for (size_t i = 1; i < size; ++i) {
    const double factor = beside[i - 1] / diagonal[i - 1];
    diagonal[i] -= factor * beside[i - 1];
    right[i] -= factor * right[i - 1];
  }
  for (size_t i = size; i-- > 0;) {
    if (i + 1 < size) right[i] -= beside[i] * right[i + 1];
    right[i] /= diagonal[i];
  }
  return right;
}

}  // namespace

Lookup::Lookup(double low, double step, const std::vector<double>& values) : low_(low), step_(step) {
  for (const double value : values) values_.push_back(static_cast<double>(round_away(static_cast<float>(value))));
}

Lookup Lookup::sampled(Real function, double low, double step, int points) {
  std::vector<double> values;
  for (int i = 0; i < points; ++i) values.push_back(function(low + i * step));
  return {low, step, values};
}

Lookup Lookup::fitted(Real function, double low, double step, int points) {
  const auto count = static_cast<size_t>(points);
  const double high = low + step * (points - 1);
  std::vector<double> diagonal(count), beside(count), right(count);
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const uint32_t exponent = bits >> 10 & 31;
    const double x = static_cast<double>(half_to_float(static_cast<uint16_t>(bits)));
    if (exponent == 0 || exponent == 31 || x < low || x > high) continue;
    const Position at(x, low, step, count);
    const double before = 1 - at.fraction;
    diagonal[at.index] += before * before;
    diagonal[at.index + 1] += at.fraction * at.fraction;
    beside[at.index] += before * at.fraction;
    right[at.index] += before * function(x);
    right[at.index + 1] += at.fraction * function(x);
  }
  return {low, step, solve(diagonal, beside, right)};
}

double Lookup::at(double x) const {
  const Position at(x, low_, step_, values_.size());
  return values_[at.index] + (values_[at.index + 1] - values_[at.index]) * at.fraction;
}

}  // namespace anemone::kernels::ane

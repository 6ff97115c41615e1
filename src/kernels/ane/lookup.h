// SPDX-License-Identifier: Apache-2.0
// The 33-point tables of the Neural Engine: halves at equal distances with straight lines between them. They are made
// here from the ranges and rules that were measured, not copied from anybody's file (docs/numerics.md).
#pragma once

#include <functional>
#include <vector>

namespace anemone::kernels::ane {

class Lookup {
 public:
  using Real = double (*)(double);

  // The function's values at low, low + step, ..., rounded to half.
  static Lookup sampled(Real function, double low, double step, int points);
  // The points whose lines have the least squared distance from the function over all normal halves in the range.
  static Lookup fitted(Real function, double low, double step, int points);

  // Before rounding; an argument outside the range is taken to its end.
  double at(double x) const;
  double low() const { return low_; }
  double high() const { return low_ + step_ * static_cast<double>(values_.size() - 1); }

 private:
  Lookup(double low, double step, const std::vector<double>& values);

  double low_;
  double step_;
  std::vector<double> values_;
};

}  // namespace anemone::kernels::ane

// SPDX-License-Identifier: Apache-2.0
#include "tune/compare.h"

#include <algorithm>
#include <cmath>

namespace anemone {
namespace {

ConcreteShape without_ones(ConcreteShape shape) {
  shape.erase(std::remove(shape.begin(), shape.end(), 1), shape.end());
  return shape;
}

bool same_value(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

Comparison compare(const Tensor& got, const Tensor& want, double atol, double rtol) {
  Comparison result;
  result.same_shape = without_ones(got.shape()) == without_ones(want.shape());
  if (!result.same_shape) return result;
  const auto a = to_doubles(got);
  const auto b = to_doubles(want);
  double squares = 0;
  result.worst_excess = -INFINITY;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isfinite(b[i])) result.max_want = std::max(result.max_want, std::abs(b[i]));
    if (same_value(a[i], b[i])) {
      result.worst_excess = std::max(result.worst_excess, -atol);
      continue;
    }
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) {
      result.finite = false;
      result.worst_excess = INFINITY;
      continue;
    }
    const double gap = std::abs(a[i] - b[i]);
    squares += gap * gap;
    result.max_abs = std::max(result.max_abs, gap);
    result.worst_excess = std::max(result.worst_excess, gap - atol - rtol * std::abs(b[i]));
  }
  if (a.empty()) result.worst_excess = 0;
  const double rms = a.empty() ? 0 : std::sqrt(squares / static_cast<double>(a.size()));
  result.psnr = 20 * std::log10((result.max_want + 1e-5) / (rms + 1e-10));
  return result;
}

}  // namespace anemone

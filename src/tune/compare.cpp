// SPDX-License-Identifier: Apache-2.0
#include "tune/compare.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

constexpr std::array<std::pair<PsnrFlavour, const char*>, 4> kFlavours = {{
    {PsnrFlavour::kA, "a"},
    {PsnrFlavour::kC, "c"},
    {PsnrFlavour::kK, "k"},
    {PsnrFlavour::kPlain, "plain"},
}};

ConcreteShape without_ones(ConcreteShape shape) {
  shape.erase(std::remove(shape.begin(), shape.end(), 1), shape.end());
  return shape;
}

bool same_value(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// Calls visit(got, want) for each pair of elements.
template <typename Visit>
void for_each_pair(const Tensor& got, const Tensor& want, Visit visit) {
  const Tensor a = to_compute(got);
  const Tensor b = to_compute(want);
  with_element_type(a.dtype(), [&](auto x) {
    with_element_type(b.dtype(), [&](auto y) {
      const auto left = a.template as<decltype(x)>();
      const auto right = b.template as<decltype(y)>();
      for (size_t i = 0; i < left.size(); ++i) visit(static_cast<double>(left[i]), static_cast<double>(right[i]));
    });
  });
}

double psnr_a(double peak, double squares, int64_t count) {
  const double rms = count == 0 ? 0 : std::sqrt(squares / static_cast<double>(count));
  return 20 * std::log10((peak + 1e-5) / (rms + 1e-10));
}

}  // namespace

PsnrFlavour psnr_flavour(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [flavour, known] : kFlavours) {
    if (name == known) return flavour;
    names.emplace_back(known);
  }
  fail("{}: is no PSNR flavour: expected {}", name, any_of(names));
}

std::string_view name_of(PsnrFlavour flavour) {
  return std::find_if(kFlavours.begin(), kFlavours.end(), [&](const auto& entry) { return entry.first == flavour; })
      ->second;
}

double Difference::psnr(PsnrFlavour flavour) const {
  const double power = peak * peak;
  const double mean = squares / static_cast<double>(std::max<int64_t>(1, count));
  switch (flavour) {
    case PsnrFlavour::kA:
      return psnr_a(peak, squares, count);
    case PsnrFlavour::kC:
      return 10 * std::log10((power + 1e-5) / (squares / static_cast<double>(first_axis) + 1e-10));
    case PsnrFlavour::kK:
      return 10 * std::log10((power + 1e-10) / (mean + 1e-7));
    case PsnrFlavour::kPlain:
      return squares == 0 ? INFINITY : 10 * std::log10(power / mean);
  }
  return 0;
}

double Difference::cosine() const {
  const double norms = std::sqrt(got_squares) * std::sqrt(want_squares);
  if (norms > 0) return dot / norms;
  return got_squares == want_squares ? 1 : 0;
}

Difference difference(const Tensor& got, const Tensor& want) {
  Difference result;
  result.same_shape = without_ones(got.shape()) == without_ones(want.shape());
  if (!result.same_shape) return result;
  result.count = want.size();
  result.first_axis = want.rank() == 0 ? 1 : std::max<int64_t>(1, want.shape()[0]);
  for_each_pair(got, want, [&](double a, double b) {
    if (!std::isfinite(a) || !std::isfinite(b)) {
      result.finite = false;
      return;
    }
    const double gap = std::abs(a - b);
    result.squares += gap * gap;
    result.max_abs = std::max(result.max_abs, gap);
    if (b != 0) result.max_rel = std::max(result.max_rel, gap / std::abs(b));
    result.peak = std::max(result.peak, std::abs(b));
    result.dot += a * b;
    result.got_squares += a * a;
    result.want_squares += b * b;
  });
  return result;
}

Comparison compare(const Tensor& got, const Tensor& want, double atol, double rtol) {
  Comparison result;
  result.same_shape = without_ones(got.shape()) == without_ones(want.shape());
  if (!result.same_shape) return result;
  double squares = 0;
  result.worst_excess = want.size() == 0 ? 0 : -INFINITY;
  for_each_pair(got, want, [&](double a, double b) {
    if (std::isfinite(b)) result.max_want = std::max(result.max_want, std::abs(b));
    if (same_value(a, b)) {
      result.worst_excess = std::max(result.worst_excess, -atol);
      return;
    }
    if (!std::isfinite(a) || !std::isfinite(b)) {
      result.finite = false;
      result.worst_excess = INFINITY;
      return;
    }
    const double gap = std::abs(a - b);
    squares += gap * gap;
    result.max_abs = std::max(result.max_abs, gap);
    result.worst_excess = std::max(result.worst_excess, gap - atol - rtol * std::abs(b));
  });
  result.psnr = psnr_a(result.max_want, squares, want.size());
  return result;
}

}  // namespace anemone

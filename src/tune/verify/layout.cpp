// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/layout.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/error.h"

namespace anemone {
namespace {

ConcreteShape without_ones(ConcreteShape shape) {
  shape.erase(std::remove(shape.begin(), shape.end(), 1), shape.end());
  return shape;
}

// A factor of an axis of the source.
struct Factor {
  int64_t size;
  int axis;
};

// Splits of one axis that sizes of the other side can ask for: whole, or in two or three parts.
std::vector<ConcreteShape> splits(int64_t size, const std::set<int64_t>& wanted) {
  std::vector<ConcreteShape> result = {{size}};
  const auto divides = [](int64_t part, int64_t whole) { return part > 1 && part < whole && whole % part == 0; };
  for (const int64_t part : wanted) {
    if (!divides(part, size)) continue;
    for (const ConcreteShape& two : {ConcreteShape{part, size / part}, ConcreteShape{size / part, part}})
      if (std::find(result.begin(), result.end(), two) == result.end()) result.push_back(two);
  }
  const size_t pairs = result.size();
  for (size_t i = 1; i < pairs; ++i)
    for (const int64_t part : wanted)
      if (divides(part, result[i][1])) result.push_back({result[i][0], part, result[i][1] / part});
  return result;
}

class Search {
 public:
  Search(const ConcreteShape& from, const ConcreteShape& to, size_t most)
      : from_(without_ones(from)), to_(without_ones(to)), shape_(to), most_(most) {}

  std::vector<Layout> run() {
    std::set<int64_t> wanted(to_.begin(), to_.end());
    for (const int64_t large : to_)
      for (const int64_t part : from_)
        if (part > 1 && large % part == 0) wanted.insert(large / part);
    for (const int64_t size : from_) choices_.push_back(splits(size, wanted));
    // Few factors first.
    for (size_t count = from_.size(); count <= from_.size() + 3 && count <= 8; ++count) split_axis(0, count);
    return std::move(found_);
  }

 private:
  void split_axis(size_t axis, size_t count) {
    if (found_.size() >= most_ || factors_.size() > count) return;
    if (axis == from_.size()) {
      if (factors_.size() != count) return;
      used_.assign(count, false);
      order_.clear();
      return place(0, 1);
    }
    for (const ConcreteShape& parts : choices_[axis]) {
      for (const int64_t part : parts) factors_.push_back({part, static_cast<int>(axis)});
      split_axis(axis + 1, count);
      factors_.resize(factors_.size() - parts.size());
    }
  }

  // Fills the axes of the result with factors; `filled` is the product in the present one.
  void place(size_t axis, int64_t filled) {
    if (found_.size() >= most_) return;
    if (axis == to_.size()) {
      if (order_.size() == factors_.size()) add();
      return;
    }
    for (size_t i = 0; i < factors_.size(); ++i) {
      if (used_[i] || to_[axis] % (filled * factors_[i].size) != 0) continue;
      if (filled > 1 && joins_same_axis(order_.back(), static_cast<int>(i))) continue;
      used_[i] = true;
      order_.push_back(static_cast<int>(i));
      const int64_t now = filled * factors_[i].size;
      now == to_[axis] ? place(axis + 1, 1) : place(axis, now);
      order_.pop_back();
      used_[i] = false;
    }
  }

  // Two factors of one axis side by side inside an axis of the result: either they were not split at all, or the axis
  // is shuffled in itself.
  bool joins_same_axis(int before, int now) const { return factors_[before].axis == factors_[now].axis; }

  void add() {
    Layout layout;
    for (const Factor& factor : factors_) layout.factors.push_back(factor.size);
    layout.permutation = order_;
    layout.shape = shape_;
    found_.push_back(std::move(layout));
  }

  ConcreteShape from_;
  ConcreteShape to_;
  ConcreteShape shape_;
  size_t most_;
  std::vector<std::vector<ConcreteShape>> choices_;
  std::vector<Factor> factors_;
  std::vector<int> order_;
  std::vector<bool> used_;
  std::vector<Layout> found_;
};

// Steps of the result's factors in the source.
std::vector<std::pair<int64_t, int64_t>> strides(const Layout& layout) {
  std::vector<int64_t> stride(layout.factors.size(), 1);
  for (size_t i = layout.factors.size(); i-- > 1;) stride[i - 1] = stride[i] * layout.factors[i];
  std::vector<std::pair<int64_t, int64_t>> result;
  for (const int source : layout.permutation) result.emplace_back(layout.factors[source], stride[source]);
  return result;
}

int64_t source_index(int64_t index, const std::vector<std::pair<int64_t, int64_t>>& steps) {
  int64_t source = 0;
  for (size_t i = steps.size(); i-- > 0;) {
    source += index % steps[i].first * steps[i].second;
    index /= steps[i].first;
  }
  return source;
}

double relative(float got, float want, double scale) {
  if (got == want || (std::isnan(got) && std::isnan(want))) return 0;
  const double gap = std::abs(static_cast<double>(got) - static_cast<double>(want));
  const double error = gap / std::max(scale, std::abs(static_cast<double>(want)));
  return std::isfinite(error) ? error : INFINITY;
}

using Steps = std::vector<std::pair<int64_t, int64_t>>;

// Whether `count` elements from `first` on may be those that a layout puts there. A few elements are looked at: most
// layouts are wrong everywhere.
bool may_fit(std::span<const float> want, std::span<const float> got, const Steps& steps, double scale, double largest,
             int64_t first, int64_t count) {
  const int64_t looks = std::min<int64_t>(count, 64);
  for (int64_t i = 0; i < looks; ++i) {
    const int64_t at = first + (i * 2654435761LL + 1) % count;
    if (relative(got[at], want[source_index(at, steps)], scale) > largest) return false;
  }
  return true;
}

double error_of_lane(std::span<const float> want, std::span<const float> got, const Steps& steps, double scale,
                     int64_t first, int64_t count) {
  double squares = 0;
  for (int64_t at = first; at < first + count; ++at) {
    const double error = relative(got[at], want[source_index(at, steps)], scale);
    squares += error * error;
  }
  return std::sqrt(squares / static_cast<double>(count));
}

}  // namespace

bool Layout::is_view() const { return std::is_sorted(permutation.begin(), permutation.end()); }

std::vector<Layout> layouts(const ConcreteShape& from, const ConcreteShape& to, size_t most) {
  if (product(from) != product(to) || product(from) == 0) return {};
  return Search(from, to, most).run();
}

Tensor laid_out(const Tensor& source, const Layout& layout) {
  Tensor result(DType::kFloat32, layout.shape);
  const auto steps = strides(layout);
  const auto from = source.as<float>();
  const auto to = result.as<float>();
  for (size_t i = 0; i < to.size(); ++i) to[i] = from[source_index(static_cast<int64_t>(i), steps)];
  return result;
}

double scale_of(const Tensor& tensor) {
  constexpr double kFarAbove = 60;  // of normally distributed numbers the largest is 60 times the tenth percentile
  std::vector<float> sizes;
  for (const float value : tensor.as<float>())
    if (value != 0 && std::isfinite(value)) sizes.push_back(std::abs(value));
  if (sizes.empty()) return 1e-10;
  const double peak = *std::max_element(sizes.begin(), sizes.end());
  const auto low = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 10);
  std::nth_element(sizes.begin(), low, sizes.end());
  return std::max(1e-10, std::min(peak, kFarAbove * static_cast<double>(*low)));
}

double relative_error(const Tensor& got, const Tensor& want, double scale) {
  const auto a = got.as<float>();
  const auto b = want.as<float>();
  CHECK(a.size() == b.size());
  double squares = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double error = relative(a[i], b[i], scale);
    squares += error * error;
  }
  return std::sqrt(squares / static_cast<double>(std::max<size_t>(1, a.size())));
}

std::optional<Layout> find_layout(const Tensor& want, const Tensor& got, double scale, double tolerance) {
  if (want.size() != got.size()) return std::nullopt;
  const auto from = want.as<float>();
  const auto to = got.as<float>();
  const double largest = tolerance * std::sqrt(static_cast<double>(std::max<size_t>(1, to.size())));
  for (const Layout& layout : layouts(want.shape(), got.shape())) {
    if (!may_fit(from, to, strides(layout), scale, largest, 0, static_cast<int64_t>(to.size()))) continue;
    if (relative_error(got, laid_out(want, layout), scale) <= tolerance) return layout;
  }
  return std::nullopt;
}

std::vector<bool> equal_lanes(const Tensor& whole, const Tensor& lanes, double scale, double tolerance) {
  const auto count = static_cast<size_t>(lanes.shape().at(0));
  std::vector<bool> best(count, false);
  if (whole.size() != lanes.size() || lanes.size() == 0) return best;
  const auto from = whole.as<float>();
  const auto to = lanes.as<float>();
  const auto step = static_cast<int64_t>(to.size() / count);
  const double largest = tolerance * std::sqrt(static_cast<double>(step));
  size_t most = (count - 1) / 2;
  for (const Layout& layout : layouts(whole.shape(), lanes.shape())) {
    const Steps steps = strides(layout);
    std::vector<bool> equal(count, false);
    size_t found = 0;
    for (size_t i = 0; i < count && found + count - i > most; ++i) {
      const int64_t first = static_cast<int64_t>(i) * step;
      equal[i] = may_fit(from, to, steps, scale, largest, first, step) &&
                 error_of_lane(from, to, steps, scale, first, step) <= tolerance;
      found += equal[i];
    }
    if (found <= most) continue;
    most = found;
    best = equal;
    if (found == count) break;
  }
  return best;
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// With a price on every group, the cheapest grouping is a shortest path whose edge costs satisfy the quadrangle
// inequality, so one pass over the points with a queue of candidates finds it (Hirschberg and Larmore 1987). The number
// of groups falls as the price rises; the price that gives the wanted number is searched for (Aggarwal, Schieber and
// Tokuyama 1994, and for k-means Grønlund et al., arXiv 1701.07204). Where two numbers of groups cost the same, paths
// with too few and too many are spliced.
#include "compress/clusters.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace anemone {
namespace {

// Sums over the points before each; values are counted from their mean, which keeps the differences exact longer.
class Sums {
 public:
  explicit Sums(const Points& points) : rows_(points.values.size() + 1) {
    double weight = 0, sum = 0;
    for (size_t i = 0; i < points.values.size(); ++i) {
      weight += points.weights[i];
      sum += points.weights[i] * points.values[i];
    }
    middle_ = sum / weight;
    for (size_t i = 0; i < points.values.size(); ++i) {
      const double value = points.values[i] - middle_;
      const double share = points.weights[i] * value;
      rows_[i + 1] = {rows_[i].weight + points.weights[i], rows_[i].sum + share, rows_[i].squares + share * value};
    }
  }

  int size() const { return static_cast<int>(rows_.size()) - 1; }
  double squares(int end) const { return rows_[static_cast<size_t>(end)].squares; }
  // What the points [begin, end) save by having a group of their own: squares minus cost.
  double saving(int begin, int end) const {
    const Row& a = rows_[static_cast<size_t>(begin)];
    const Row& b = rows_[static_cast<size_t>(end)];
    return (b.sum - a.sum) * (b.sum - a.sum) / (b.weight - a.weight);
  }
  double mean(int begin, int end) const {
    const Row& a = rows_[static_cast<size_t>(begin)];
    const Row& b = rows_[static_cast<size_t>(end)];
    return middle_ + (b.sum - a.sum) / (b.weight - a.weight);
  }

 private:
  struct Row {
    double weight = 0, sum = 0, squares = 0;
  };
  std::vector<Row> rows_;
  double middle_ = 0;
};

// The group boundaries of the cheapest grouping when every group costs `price`.
class PricedGrouping {
 public:
  explicit PricedGrouping(const Sums& sums)
      : sums_(sums), rest_(static_cast<size_t>(sums.size()) + 1), from_(rest_.size()) {}

  std::vector<int> best(double price) {
    const int size = sums_.size();
    rest_[0] = 0;
    candidates_ = {{0, 1}};
    size_t head = 0;
    for (int end = 1; end <= size; ++end) {
      while (head + 1 < candidates_.size() && candidates_[head + 1].first <= end) ++head;
      const int begin = candidates_[head].begin;
      from_[static_cast<size_t>(end)] = begin;
      // The cost up to `end` less the squares up to there, which all candidates have in common.
      rest_[static_cast<size_t>(end)] = without_squares(begin, end) + price;
      if (end < size) offer(end, head);
    }
    std::vector<int> bounds = {size};
    while (bounds.back() > 0) bounds.push_back(from_[static_cast<size_t>(bounds.back())]);
    std::reverse(bounds.begin(), bounds.end());
    return bounds;
  }

 private:
  struct Candidate {
    int begin;  // of the last group
    int first;  // the first end for which it is the best
  };

  double without_squares(int begin, int end) const {
    return rest_[static_cast<size_t>(begin)] - sums_.saving(begin, end);
  }
  bool better(int begin, int than, int end) const { return without_squares(begin, end) < without_squares(than, end); }

  // A last group that begins at `begin`: once it is better than another that begins earlier, it stays better.
  void offer(int begin, size_t head) {
    while (candidates_.size() > head + 1 && better(begin, candidates_.back().begin, candidates_.back().first))
      candidates_.pop_back();
    const Candidate last = candidates_.back();
    const int size = sums_.size();
    int low = std::max(last.first, begin + 1);
    if (better(begin, last.begin, low)) {
      candidates_.back() = {begin, low};
      return;
    }
    int step = 1;
    while (low + step <= size && !better(begin, last.begin, low + step)) {
      low += step;
      step *= 2;
    }
    int high = std::min(low + step, size + 1);
    while (high - low > 1) {
      const int middle = low + (high - low) / 2;
      (better(begin, last.begin, middle) ? high : low) = middle;
    }
    if (high <= size) candidates_.push_back({begin, high});
  }

  const Sums& sums_;
  std::vector<double> rest_;
  std::vector<int> from_;
  std::vector<Candidate> candidates_;
};

// From a grouping with fewer and one with more groups, both the cheapest at one price, one with `count`.
std::vector<int> spliced(const std::vector<int>& fewer, const std::vector<int>& more, int count) {
  const size_t shift = static_cast<size_t>(count) + 1 - fewer.size();
  for (size_t i = 0; i + 1 < fewer.size(); ++i)
    if (more[i + shift + 1] <= fewer[i + 1]) {
      std::vector<int> bounds(more.begin(), more.begin() + static_cast<ptrdiff_t>(i + shift + 1));
      bounds.insert(bounds.end(), fewer.begin() + static_cast<ptrdiff_t>(i + 1), fewer.end());
      return bounds;
    }
  CHECK(false);
  return {};
}

// The integral of the cube root of the density of weight, up to each point: with many groups, the best ones hold equal
// shares of it, and their cost is its total cubed / (12 count^2) (Panter and Dite 1951).
std::vector<double> shares(const Points& points) {
  const size_t size = points.values.size();
  std::vector<double> total(size + 1, 0);
  for (size_t i = 0; i < size; ++i) {
    const double width = (points.values[std::min(i + 1, size - 1)] - points.values[i > 0 ? i - 1 : 0]) / 2;
    total[i + 1] = total[i] + std::cbrt(points.weights[i] * width * width);
  }
  return total;
}

std::vector<int> optimal_bounds(const Points& points, const Sums& sums, int count) {
  PricedGrouping grouping(sums);
  const double share = shares(points).back();
  double price = share * share * share / (6.0 * count * count * count);
  double low = 0;
  double high = std::numeric_limits<double>::infinity();
  std::vector<int> fewer = {0, sums.size()};
  std::vector<int> more(static_cast<size_t>(sums.size()) + 1);
  for (int i = 0; i <= sums.size(); ++i) more[static_cast<size_t>(i)] = i;
  constexpr int kGuesses = 12;  // then bisection
  for (int turn = 0; turn < 200; ++turn) {
    std::vector<int> bounds = grouping.best(price);
    const int groups = static_cast<int>(bounds.size()) - 1;
    if (groups == count) return bounds;
    (groups > count ? low : high) = price;
    (groups > count ? more : fewer) = std::move(bounds);
    const double ratio = static_cast<double>(groups) / count;
    const double guess = price * ratio * ratio * ratio;
    const double middle = low > 0 && high < std::numeric_limits<double>::infinity() ? std::sqrt(low) * std::sqrt(high)
                          : low > 0                                                 ? low * 64
                                                                                    : high / 64;
    const double next = turn < kGuesses && guess > low && guess < high ? guess : middle;
    if (!(next > low && next < high)) break;
    price = next;
  }
  return spliced(fewer, more, count);
}

// Edges of at most `count` bins, none empty.
std::vector<int> bins_of_equal_share(const Points& points, size_t count) {
  const std::vector<double> share = shares(points);
  const auto bin_of = [&](size_t point) {
    return std::floor(share[point] / share.back() * static_cast<double>(count));
  };
  std::vector<int> edges = {0};
  for (size_t point = 1; point < points.values.size(); ++point)
    if (bin_of(point) > bin_of(point - 1)) edges.push_back(static_cast<int>(point));
  edges.push_back(static_cast<int>(points.values.size()));
  return edges;
}

Points merged(const Points& points, const std::vector<int>& edges) {
  Points result;
  for (size_t i = 0; i + 1 < edges.size(); ++i) {
    double weight = 0, sum = 0;
    for (auto point = static_cast<size_t>(edges[i]); point < static_cast<size_t>(edges[i + 1]); ++point) {
      weight += points.weights[point];
      sum += points.weights[point] * points.values[point];
    }
    result.values.push_back(sum / weight);
    result.weights.push_back(weight);
  }
  return result;
}

// Each boundary half-way between the means of its groups; no group becomes empty.
std::vector<int> moved_to_middles(const Points& points, const Sums& sums, const std::vector<int>& bounds) {
  std::vector<int> next = bounds;
  double left = sums.mean(bounds[0], bounds[1]);
  for (size_t i = 1; i + 1 < bounds.size(); ++i) {
    const double right = sums.mean(bounds[i], bounds[i + 1]);
    const auto at = std::lower_bound(points.values.begin(), points.values.end(), (left + right) / 2);
    next[i] = std::clamp(static_cast<int>(at - points.values.begin()), next[i - 1] + 1,
                         sums.size() - static_cast<int>(bounds.size() - 1 - i));
    left = right;
  }
  return next;
}

Clusters clusters_of(const Points& points, const Sums& sums, std::vector<int> bounds) {
  Clusters clusters;
  for (size_t i = 0; i + 1 < bounds.size(); ++i) {
    const double center = sums.mean(bounds[i], bounds[i + 1]);
    clusters.centers.push_back(center);
    for (auto point = static_cast<size_t>(bounds[i]); point < static_cast<size_t>(bounds[i + 1]); ++point) {
      const double difference = points.values[point] - center;
      clusters.cost += points.weights[point] * difference * difference;
    }
  }
  clusters.begins = std::move(bounds);
  return clusters;
}

Clusters every_point(const Points& points) {
  Clusters clusters;
  clusters.centers = points.values;
  for (size_t i = 0; i <= points.values.size(); ++i) clusters.begins.push_back(static_cast<int>(i));
  return clusters;
}

}  // namespace

Clusters optimal_clusters(const Points& points, int count) {
  CHECK(count >= 1 && points.values.size() == points.weights.size());
  if (points.values.size() <= static_cast<size_t>(count)) return every_point(points);
  const Sums sums(points);
  return clusters_of(points, sums, optimal_bounds(points, sums, count));
}

// Points in bins of equal share, the best groups of bins, and Lloyd's iteration from there on: means, then boundaries
// half-way between them.
Clusters quick_clusters(const Points& points, int count) {
  CHECK(count >= 1 && points.values.size() == points.weights.size());
  const size_t bins = std::max<size_t>(1024, 16 * static_cast<size_t>(count));
  if (points.values.size() <= bins) return optimal_clusters(points, count);
  const Sums sums(points);
  const std::vector<int> edges = bins_of_equal_share(points, bins);
  const Points coarse = merged(points, edges);
  if (coarse.values.size() <= static_cast<size_t>(count)) return optimal_clusters(points, count);
  std::vector<int> bounds = optimal_bounds(coarse, Sums(coarse), count);
  for (int& bound : bounds) bound = edges[static_cast<size_t>(bound)];
  constexpr int kRounds = 32;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<int> moved = moved_to_middles(points, sums, bounds);
    if (moved == bounds) break;
    bounds = std::move(moved);
  }
  return clusters_of(points, sums, std::move(bounds));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

namespace anemone {
namespace {

// Indices of the k largest, the largest first; the first of equal ones wins.
std::vector<size_t> largest(std::span<const double> row, size_t k) {
  std::vector<size_t> order(row.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto before = [&](size_t a, size_t b) { return row[a] != row[b] ? row[a] > row[b] : a < b; };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(), before);
  order.resize(k);
  return order;
}

std::vector<double> log_probabilities(std::span<const double> row) {
  std::vector<double> logs(row.begin(), row.end());
  const double sum = std::accumulate(row.begin(), row.end(), 0.0);
  const bool are_probabilities =
      std::abs(sum - 1) < 1e-3 && std::all_of(row.begin(), row.end(), [](double x) { return x >= 0; });
  if (are_probabilities) {
    for (double& x : logs) x = std::log(std::max(x, 1e-30));
    return logs;
  }
  const double top = *std::max_element(row.begin(), row.end());
  double total = 0;
  for (const double x : row) total += std::exp(x - top);
  for (double& x : logs) x -= top + std::log(total);
  return logs;
}

double divergence(std::span<const double> got, std::span<const double> want) {
  const auto q = log_probabilities(got);
  const auto p = log_probabilities(want);
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) sum += std::exp(p[i]) * (p[i] - q[i]);
  return std::max(0.0, sum);
}

void add_row(Scores& result, std::span<const double> got, std::span<const double> want) {
  const auto k = static_cast<size_t>(result.k);
  const auto mine = largest(got, k);
  auto theirs = largest(want, k);
  ++result.rows;
  result.same_best += mine[0] == theirs[0];
  for (const size_t i : theirs) {
    result.top_squares += (got[i] - want[i]) * (got[i] - want[i]);
    result.top_peak = std::max(result.top_peak, std::abs(want[i]));
  }
  std::sort(theirs.begin(), theirs.end());
  const auto both = static_cast<double>(std::count_if(
      mine.begin(), mine.end(), [&](size_t i) { return std::binary_search(theirs.begin(), theirs.end(), i); }));
  result.overlap += both / (2 * static_cast<double>(k) - both);
  result.divergence += divergence(got, want);
}

}  // namespace

double Scores::top_psnr() const {
  const auto count = static_cast<double>(std::max<int64_t>(1, rows * k));
  return 20 * std::log10((top_peak + 1e-5) / (std::sqrt(top_squares / count) + 1e-10));
}

void Scores::add(const Scores& other) {
  rows += other.rows;
  same_best += other.same_best;
  k = std::max(k, other.k);
  overlap += other.overlap;
  divergence += other.divergence;
  top_squares += other.top_squares;
  top_peak = std::max(top_peak, other.top_peak);
}

Scores scores(const Tensor& got, const Tensor& want, int64_t k) {
  Scores result;
  const auto width = static_cast<size_t>(want.shape().back());
  result.k = std::clamp<int64_t>(k, 1, static_cast<int64_t>(width));
  const auto a = to_doubles(got);
  const auto b = to_doubles(want);
  for (size_t at = 0; at + width <= b.size(); at += width)
    add_row(result, std::span(a).subspan(at, width), std::span(b).subspan(at, width));
  return result;
}

}  // namespace anemone

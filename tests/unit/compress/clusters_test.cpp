// SPDX-License-Identifier: Apache-2.0
#include "compress/clusters.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace anemone {
namespace {

Points made_points(int size, uint32_t seed, bool regular) {
  std::mt19937 random(seed);
  Points points;
  double value = -3;
  for (int i = 0; i < size; ++i) {
    value += regular ? 0.25 : 0.01 + static_cast<double>(random() % 1000) / 500;
    points.values.push_back(value);
    points.weights.push_back(regular ? 1 : 1 + static_cast<double>(random() % 7));
  }
  return points;
}

double cost_of(const Points& points, size_t begin, size_t end) {
  double weight = 0, sum = 0, cost = 0;
  for (size_t i = begin; i < end; ++i) {
    weight += points.weights[i];
    sum += points.weights[i] * points.values[i];
  }
  for (size_t i = begin; i < end; ++i) {
    const double difference = points.values[i] - sum / weight;
    cost += points.weights[i] * difference * difference;
  }
  return cost;
}

// The textbook recurrence over all boundaries.
double least_cost(const Points& points, int count) {
  const size_t size = points.values.size();
  std::vector<double> best(size + 1, std::numeric_limits<double>::infinity());
  best[0] = 0;
  for (int groups = 0; groups < count; ++groups) {
    std::vector<double> next(size + 1, std::numeric_limits<double>::infinity());
    for (size_t end = 1; end <= size; ++end)
      for (size_t begin = 0; begin < end; ++begin)
        next[end] = std::min(next[end], best[begin] + cost_of(points, begin, end));
    best = next;
  }
  return best[size];
}

void expect_sound(const Points& points, const Clusters& clusters, int count) {
  ASSERT_EQ(clusters.count(), count);
  ASSERT_EQ(clusters.begins.size(), static_cast<size_t>(count) + 1);
  EXPECT_EQ(clusters.begins.front(), 0);
  EXPECT_EQ(clusters.begins.back(), static_cast<int>(points.values.size()));
  double cost = 0;
  for (size_t i = 0; i + 1 < clusters.begins.size(); ++i) {
    ASSERT_LT(clusters.begins[i], clusters.begins[i + 1]);
    cost += cost_of(points, static_cast<size_t>(clusters.begins[i]), static_cast<size_t>(clusters.begins[i + 1]));
  }
  EXPECT_NEAR(clusters.cost, cost, 1e-9 * (1 + cost));
}

TEST(Clusters, CostNoMoreThanAnyOtherGroups) {
  for (uint32_t seed = 0; seed < 12; ++seed)
    for (const int count : {1, 2, 3, 5, 8, 13}) {
      const Points points = made_points(40, seed, false);
      const Clusters clusters = optimal_clusters(points, count);
      expect_sound(points, clusters, count);
      EXPECT_NEAR(clusters.cost, least_cost(points, count), 1e-9 * clusters.cost) << "seed " << seed << ", " << count;
    }
}

// With equal distances many groupings cost the same, and no price gives each number of groups by itself.
TEST(Clusters, EqualDistances) {
  const Points points = made_points(36, 0, true);
  for (int count = 1; count <= 36; ++count) {
    const Clusters clusters = optimal_clusters(points, count);
    expect_sound(points, clusters, count);
    EXPECT_NEAR(clusters.cost, least_cost(points, count), 1e-9) << count;
  }
}

TEST(Clusters, AsManyGroupsAsPoints) {
  const Points points = made_points(16, 1, false);
  for (const int count : {16, 17, 256}) {
    const Clusters clusters = optimal_clusters(points, count);
    EXPECT_EQ(clusters.centers, points.values);
    EXPECT_EQ(clusters.cost, 0);
  }
}

TEST(Clusters, TheQuickSearchComesClose) {
  for (const int count : {2, 16, 64, 256}) {
    const Points points = made_points(9000, 3, false);
    const Clusters quick = quick_clusters(points, count);
    expect_sound(points, quick, count);
    EXPECT_LE(quick.cost, 1.01 * optimal_clusters(points, count).cost) << count;
  }
}

}  // namespace
}  // namespace anemone

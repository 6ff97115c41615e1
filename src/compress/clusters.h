// SPDX-License-Identifier: Apache-2.0
// Numbers on a line in groups, each of which one number stands for (k-means in one dimension): the groups of least
// squared error, found exactly, and a quicker search that comes close. Both need memory for the points only.
#pragma once

#include <vector>

namespace anemone {

// Distinct finite values in ascending order, and how much each counts (more than 0).
struct Points {
  std::vector<double> values;
  std::vector<double> weights;
};

struct Clusters {
  std::vector<int> begins;      // the first point of each group, and behind the last the number of points
  std::vector<double> centers;  // the mean of each group
  double cost = 0;              // the sum of weight * (value - center)^2

  int count() const { return static_cast<int>(centers.size()); }
};

// At most `count` groups; as many as there are points if these are fewer.
Clusters optimal_clusters(const Points& points, int count);
Clusters quick_clusters(const Points& points, int count);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// The least squared error of palettes, for oracles/palettes.py to compare:
//   anemone-clusters exact|fast FILE.npy COUNT...
// prints for each count the cost of the best groups of all values of a float array and the number of groups.
#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/strings.h"
#include "compress/clusters.h"
#include "runtime/arrays.h"

namespace anemone {
namespace {

Points points_of(const Tensor& tensor) {
  std::map<double, double> weights;
  for (const double value : to_doubles(tensor)) weights[value] += 1;
  Points points;
  for (const auto& [value, weight] : weights) {
    points.values.push_back(value);
    points.weights.push_back(weight);
  }
  return points;
}

int run(int argc, char** argv) {
  if (argc < 4) fail("expected exact or fast, a file and counts");
  const bool fast = std::string_view(argv[1]) == "fast";
  const Points points = points_of(read_tensor(argv[2]));
  for (int i = 3; i < argc; ++i) {
    const auto count = parse_int(argv[i]);
    if (!count || *count < 1 || *count > 65536) fail("{}: expected a number of groups", argv[i]);
    const Clusters clusters =
        fast ? quick_clusters(points, static_cast<int>(*count)) : optimal_clusters(points, static_cast<int>(*count));
    fmt::print("{} {}\n", shortest(clusters.cost), clusters.count());
  }
  return 0;
}

}  // namespace
}  // namespace anemone

int main(int argc, char** argv) {
  try {
    return anemone::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 2;
  }
}

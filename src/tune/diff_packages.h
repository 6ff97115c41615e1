// SPDX-License-Identifier: Apache-2.0
// Two packages side by side: ops by type, where they run, sizes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "placement/explain.h"

namespace anemone {

struct PackageDifference {
  struct Row {
    std::string name;  // an op type, a unit or a size
    double a = 0;
    double b = 0;
  };
  // An op of the same name and type in both that runs on another unit.
  struct Move {
    std::string function;
    std::string name;
    std::string type;
    Unit from = Unit::kCpu;
    Unit to = Unit::kCpu;
  };
  std::vector<Row> ops;    // types whose counts differ
  std::vector<Row> units;  // ops on each unit
  std::vector<Row> sizes;  // bytes of weights by element type, of files, megabytes loaded
  std::vector<Move> moves;
  bool same_ops = false;  // same functions, ops, names and types
};

PackageDifference diff_packages(const std::filesystem::path& a, const std::filesystem::path& b,
                                const PlaceOptions& options);

Json difference_json(const PackageDifference& difference);
std::string difference_text(const PackageDifference& difference);

}  // namespace anemone

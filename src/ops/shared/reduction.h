// SPDX-License-Identifier: Apache-2.0
// Walks over a tensor some of whose axes are reduced: element (o, r) lies at kept[o] + reduced[r], both in row-major
// order. Sums run in double over r in eight fixed lanes, so they depend on the reduced elements only.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/op_definition.h"

namespace anemone {

struct ReductionWalk {
  std::vector<int64_t> kept, reduced;

  ReductionWalk(const ConcreteShape& shape, const std::vector<int>& axes);
};

// The axes of `name`, all axes when it is absent. Error when one occurs twice.
std::vector<int> reduction_axes(const Arguments& args, std::string_view name, int rank);
Shape reduced_shape(const Shape& shape, const std::vector<int>& axes, bool keep_dims);

// Sum of f(r) for r in [0, count).
template <typename F>
double lane_sum(size_t count, F f) {
  double lanes[8] = {};
  size_t r = 0;
  for (; r + 8 <= count; r += 8) {
    for (size_t lane = 0; lane < 8; ++lane) lanes[lane] += f(r + lane);
  }
  for (; r < count; ++r) lanes[r % 8] += f(r);
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

// Work pieces of about this many elements.
inline int64_t rows_per_piece(size_t row) { return row >= 16384 ? 1 : 16384 / static_cast<int64_t>(row + 1) + 1; }

}  // namespace anemone

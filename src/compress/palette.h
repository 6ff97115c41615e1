// SPDX-License-Identifier: Apache-2.0
// Values as indices into small tables. Values are gathered into at most 65536 points first: fp16 has no more, and up to
// that many other values are sorted; beyond, they fall into bins as fine as fp16, each with its mean.
#pragma once

#include <cstdint>
#include <vector>

#include "compress/clusters.h"
#include "compress/draft.h"
#include "compress/grid.h"

namespace anemone {

// How much each input channel counts; empty: all the same.
using Importance = std::vector<float>;

// The values of a cell that are kept, divided by the draft's scales where it has some and rounded to its type.
Points points_of(const Draft& draft, const Grid& grid, int64_t cell, const Importance& importance = {});

// 2^bits entries in ascending order, rounded to the type, and for each but the last the value up to which it is taken:
// half-way between the centers as they were before rounding.
struct Table {
  std::vector<float> entries;
  std::vector<double> limits;
};
Table table_of(const std::vector<double>& centers, int bits, DType dtype);

// Gives every element of the cell the code of its entry.
void assign_codes(Draft& draft, const Grid& grid, int64_t cell, const Points& points,
                  const std::vector<double>& limits);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Slices that take every n-th element of one axis: one of n columns.
#pragma once

#include <optional>

#include "ir/graph.h"

namespace anemone {

struct Column {
  size_t axis = 0;
  int64_t stride = 1, begin = 0;  // 0 <= begin < stride, and stride divides the axis
};

// What a slice_by_index takes when all of its other axes are whole and nothing is squeezed; nothing for other ops.
std::optional<Column> column_of(const Graph& graph, const Op& op);

}  // namespace anemone

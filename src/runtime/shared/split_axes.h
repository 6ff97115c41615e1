// SPDX-License-Identifier: Apache-2.0
// A shape seen as [outer, middle, inner].
#pragma once

#include "ir/type.h"

namespace anemone {

struct SplitAxes {
  int64_t outer = 1;
  int64_t middle = 1;
  int64_t inner = 1;
};

// The middle part is the axes [first, last).
inline SplitAxes split_axes(const ConcreteShape& shape, int first, int last) {
  SplitAxes split;
  for (int i = 0; i < static_cast<int>(shape.size()); ++i)
    (i < first ? split.outer : i < last ? split.middle : split.inner) *= shape[static_cast<size_t>(i)];
  return split;
}

}  // namespace anemone

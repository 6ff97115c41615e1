// SPDX-License-Identifier: Apache-2.0
// Shapes that broadcast the NumPy way.
#pragma once

#include "ir/type.h"

namespace anemone {

ConcreteShape broadcast_shape(const ConcreteShape& a, const ConcreteShape& b);  // CHECK that they fit

// Elements between neighbours along each axis of `result` in an array of `shape` whose items are `item` elements; 0
// where it is broadcast.
std::vector<int64_t> broadcast_strides(const ConcreteShape& shape, const ConcreteShape& result, int64_t item);

}  // namespace anemone

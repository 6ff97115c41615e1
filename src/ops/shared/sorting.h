// SPDX-License-Identifier: Apache-2.0
// The order in which topk and argsort list the elements along an axis: largest first unless ascending; equal elements
// in the order of their indices; NaN counts as larger than any number.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "ir/tensor.h"

namespace anemone {

// Calls visit(first, stride, order) for every line of x along the axis: its elements are first, first + stride, ...;
// and order lists the positions on the line of the first `count` elements.
void visit_sorted(const Tensor& x, int axis, int64_t count, bool ascending,
                  const std::function<void(int64_t, int64_t, std::span<const int64_t>)>& visit);

}  // namespace anemone

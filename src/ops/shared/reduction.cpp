// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/reduction.h"

#include <algorithm>

#include "base/error.h"

namespace anemone {
namespace {

// Offsets of the elements along some of the axes.
std::vector<int64_t> offsets(const ConcreteShape& shape, const std::vector<bool>& reduced, bool of_reduced) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
  std::vector<int64_t> result{0};
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (reduced[axis] != of_reduced || shape[axis] == 1) continue;
    std::vector<int64_t> next;
    next.reserve(result.size() * static_cast<size_t>(shape[axis]));
    for (const int64_t offset : result)
      for (int64_t i = 0; i < shape[axis]; ++i) next.push_back(offset + i * strides[axis]);
    result = std::move(next);
  }
  return result;
}

}  // namespace

ReductionWalk::ReductionWalk(const ConcreteShape& shape, const std::vector<int>& axes) {
  std::vector<bool> is_reduced(shape.size(), false);
  for (const int axis : axes) is_reduced[static_cast<size_t>(axis)] = true;
  kept = offsets(shape, is_reduced, false);
  reduced = offsets(shape, is_reduced, true);
}

std::vector<int> reduction_axes(const Arguments& args, std::string_view name, int rank) {
  std::vector<int> axes;
  if (args.has(name)) {
    axes = args.axes(name, rank);
  } else {
    for (int axis = 0; axis < rank; ++axis) axes.push_back(axis);
  }
  std::sort(axes.begin(), axes.end());
  const auto twice = std::adjacent_find(axes.begin(), axes.end());
  if (twice != axes.end()) fail("axis {} occurs twice in {}", *twice, name);
  return axes;
}

Shape reduced_shape(const Shape& shape, const std::vector<int>& axes, bool keep_dims) {
  Shape result;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const bool reduced = std::find(axes.begin(), axes.end(), static_cast<int>(axis)) != axes.end();
    if (!reduced)
      result.push_back(shape[axis]);
    else if (keep_dims)
      result.emplace_back(1);
  }
  return result;
}

}  // namespace anemone

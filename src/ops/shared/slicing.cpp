// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/slicing.h"

#include <algorithm>

#include "base/error.h"

namespace anemone {
namespace {

std::vector<bool> mask(const Arguments& args, std::string_view name, size_t rank) {
  if (!args.has(name)) return std::vector<bool>(rank);
  std::vector<bool> flags = args.flags(name);
  if (flags.size() != rank) fail("{} has {} entries, x has rank {}", name, flags.size(), rank);
  return flags;
}

std::vector<std::optional<int64_t>> bounds(const Arguments& args, std::string_view name, size_t rank) {
  std::vector<std::optional<int64_t>> values(rank);
  const Type& type = args.type(name);
  if (type.ranked && (type.rank() != 1 || provably_different(type.shape[0], static_cast<int64_t>(rank))))
    fail("{} has type {}, but x has rank {}", name, type.str(), rank);
  if (const auto known = args.known_integers(name)) {
    CHECK(known->size() == rank);
    std::copy(known->begin(), known->end(), values.begin());
  }
  return values;
}

// Elements in steps of `stride` over a distance.
int64_t steps(int64_t distance, int64_t stride) { return distance <= 0 ? 0 : (distance - 1) / stride + 1; }

}  // namespace

SliceRegion::SliceRegion(const Arguments& args, int rank) : axes_(static_cast<size_t>(rank)) {
  const size_t count = axes_.size();
  const auto begin = bounds(args, "begin", count);
  const auto end = bounds(args, "end", count);
  const auto stride = args.has("stride") ? args.integers("stride") : std::vector<int64_t>(count, 1);
  if (stride.size() != count) fail("stride has {} entries, x has rank {}", stride.size(), rank);
  const auto open_begin = mask(args, "begin_mask", count);
  const auto open_end = mask(args, "end_mask", count);
  const auto squeezed = mask(args, "squeeze_mask", count);
  for (size_t i = 0; i < count; ++i) {
    if (stride[i] == 0) fail("stride has the entry 0");
    axes_[i] = {begin[i], end[i], stride[i], open_begin[i], open_end[i], squeezed[i]};
    if (open_begin[i] || open_end[i] || squeezed[i] || !begin[i] || !end[i]) continue;
    const bool backwards = *begin[i] >= 0 && *end[i] >= 0 && stride[i] > 0 && *end[i] < *begin[i];
    const bool forwards = *begin[i] < 0 && *end[i] < 0 && stride[i] < 0 && *begin[i] < *end[i];
    if (backwards || forwards) fail("axis {} goes from {} to {} in steps of {}", i, *begin[i], *end[i], stride[i]);
  }
}

// Bounds on the same side of an axis give small counts whatever its size.
std::optional<int64_t> SliceRegion::count_without_size(const Axis& axis) {
  if (axis.open_begin || !axis.begin) return std::nullopt;
  if (axis.open_end)
    return (*axis.begin == 0 && axis.stride < 0) || (*axis.begin == -1 && axis.stride > 0) ? std::optional<int64_t>(1)
                                                                                           : std::nullopt;
  if (!axis.end) return std::nullopt;
  const int64_t distance = axis.stride > 0 ? *axis.end - *axis.begin : *axis.begin - *axis.end;
  const bool same_side = axis.stride > 0 ? *axis.begin >= 0 && *axis.end >= 0 : *axis.begin < 0 && *axis.end < 0;
  const int64_t count = steps(distance, std::abs(axis.stride));
  return same_side && count <= 1 ? std::optional<int64_t>(count) : std::nullopt;
}

SliceRegion::Range SliceRegion::range(const Axis& axis, int64_t size) {
  const auto from_end = [size](int64_t index) { return index < 0 ? std::max<int64_t>(0, index + size) : index; };
  if (axis.squeezed) {
    const int64_t begin = axis.open_begin ? 0 : *axis.begin;
    if (begin < -size || begin >= size) fail("index {} is outside of size {}", begin, size);
    return {begin < 0 ? begin + size : begin, 1};
  }
  const bool forward = axis.stride > 0;
  const int64_t first =
      axis.open_begin ? (forward ? 0 : size - 1) : std::min(from_end(*axis.begin), forward ? size : size - 1);
  const int64_t stop = axis.open_end ? (forward ? size : -1) : std::min(from_end(*axis.end), size);
  const int64_t count = steps(forward ? stop - first : first - stop, std::abs(axis.stride));
  if (count == 0 && size == 1 && count_without_size(axis) != std::optional<int64_t>(0)) return {0, 1};
  return {first, count};
}

Dim SliceRegion::dim(const Axis& axis, const Dim& size) {
  const bool known = (axis.open_begin || axis.begin) && (axis.open_end || axis.end);
  if (size.is_constant() && known) return range(axis, size.value()).count;
  if (provably_equal(size, 1)) return 1;
  if (const auto count = count_without_size(axis)) return *count;
  if (axis.open_begin && axis.open_end)
    return std::abs(axis.stride) == 1 ? size : size.divided_by(std::abs(axis.stride));
  // A dimension is at least 1, so taking one element off is exact whatever its size.
  if (axis.stride != 1) return Dim::unknown();
  if (axis.open_end && axis.begin == std::optional<int64_t>(1)) return size - Dim(1);
  const bool from_start = axis.open_begin || axis.begin == std::optional<int64_t>(0);
  if (from_start && axis.end == std::optional<int64_t>(-1) && !axis.open_end) return size - Dim(1);
  return from_start && axis.open_end ? size : Dim::unknown();
}

Shape SliceRegion::dims(const Shape& shape) const {
  Shape result;
  for (size_t i = 0; i < axes_.size(); ++i) {
    const bool known = axes_[i].open_begin || axes_[i].begin;
    if (!axes_[i].squeezed)
      result.push_back(dim(axes_[i], shape[i]));
    else if (known && shape[i].is_constant())
      range(axes_[i], shape[i].value());  // checks the index
  }
  return result;
}

View SliceRegion::view(const ConcreteShape& shape) const {
  View result = whole(shape);
  for (size_t i = 0; i < axes_.size(); ++i) {
    const auto [begin, count] = range(axes_[i], shape[i]);
    result = sliced(result, static_cast<int>(i), begin, count, axes_[i].stride);
  }
  return result;
}

ConcreteShape SliceRegion::result_shape(const View& view) const {
  ConcreteShape shape;
  for (size_t i = 0; i < axes_.size(); ++i)
    if (!axes_[i].squeezed) shape.push_back(view.shape[i]);
  return shape;
}

bool SliceRegion::is_whole(const Axis& axis, const Dim& size) {
  if (axis.squeezed || axis.stride != 1) return false;
  if (!axis.open_begin && axis.begin != 0) return false;
  return axis.open_end || (size.is_constant() && axis.end && *axis.end >= size.value());
}

std::optional<AxesStatement> SliceRegion::axes(const Shape& shape) const {
  AxesStatement statement;
  const std::string letters = axis_letters(static_cast<int>(shape.size()));
  statement.operands = {{"x", 0, letters}};
  statement.outputs = {""};
  std::vector<Axis> cut;
  std::vector<int64_t> begins;
  bool parts = true;  // bounds are known and the step is 1
  for (size_t i = 0; i < axes_.size(); ++i) {
    const Axis& axis = axes_[i];
    if (!axis.squeezed) statement.outputs[0] += letters[i];
    if (is_whole(axis, shape[i])) continue;
    if ((!axis.begin && !axis.open_begin) || (!axis.end && !axis.open_end && !axis.squeezed)) return std::nullopt;
    statement.along += letters[i];
    cut.push_back(axis);
    parts &= shape[i].is_constant() && (axis.stride == 1 || axis.squeezed);
    if (parts) begins.push_back(range(axis, shape[i].value()).begin);
  }
  if (parts) statement.begins = {begins};
  statement.arguments = [along = statement.along, cut](const AxisOf& axis_of, int rank) {
    const auto size = static_cast<size_t>(rank);
    std::vector<int32_t> begin(size, 0), end(size, 0), stride(size, 1);
    std::vector<bool> open_begin(size, true), open_end(size, true);
    for (size_t i = 0; i < cut.size(); ++i) {
      const auto at = static_cast<size_t>(axis_of(along[i]));
      const bool last = cut[i].squeezed && !cut[i].open_begin && *cut[i].begin == -1;
      begin[at] = static_cast<int32_t>(cut[i].begin.value_or(0));
      end[at] = static_cast<int32_t>(cut[i].squeezed ? begin[at] + 1 : cut[i].end.value_or(0));
      stride[at] = static_cast<int32_t>(cut[i].squeezed ? 1 : cut[i].stride);
      open_begin[at] = cut[i].open_begin;
      open_end[at] = cut[i].squeezed ? last : cut[i].open_end;
    }
    return std::vector<Arg>{{"begin", begin},
                            {"end", end},
                            {"stride", stride},
                            {"begin_mask", Constant::of(open_begin)},
                            {"end_mask", Constant::of(open_end)},
                            {"squeeze_mask", Constant::of(std::vector<bool>(size, false))}};
  };
  return statement;
}

}  // namespace anemone

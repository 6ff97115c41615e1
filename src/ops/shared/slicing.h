// SPDX-License-Identifier: Apache-2.0
// The region that begin, end, stride and the three masks of slice_by_index and slice_update describe. Per axis: a
// squeezed axis keeps element `begin` only; a masked bound is open; negative bounds count from the end and are clamped
// to 0; an axis of size 1 that any other bounds would empty keeps its element (as the types in packages have it),
// unless begin and end are the same.
#pragma once

#include <optional>
#include <vector>

#include "ir/op_definition.h"
#include "ops/shared/view.h"

namespace anemone {

class SliceRegion {
 public:
  // Reads and checks the arguments for a tensor of this rank; values that are not known stay open questions.
  SliceRegion(const Arguments& args, int rank);

  // Dimensions of the region of `shape`, squeezed axes left out.
  Shape dims(const Shape& shape) const;
  // The elements of a tensor of `shape`, squeezed axes kept with size 1. All values must be known.
  View view(const ConcreteShape& shape) const;
  // The region's shape without squeezed axes.
  ConcreteShape result_shape(const View& view) const;
  // How axes correspond; nothing when bounds are not known.
  std::optional<AxesStatement> axes(const Shape& shape) const;

 private:
  struct Axis {
    std::optional<int64_t> begin, end;  // not known
    int64_t stride = 1;
    bool open_begin = false, open_end = false, squeezed = false;
  };
  struct Range {
    int64_t begin, count;
  };
  static std::optional<int64_t> count_without_size(const Axis& axis);
  static Range range(const Axis& axis, int64_t size);
  static bool is_whole(const Axis& axis, const Dim& size);
  static Dim dim(const Axis& axis, const Dim& size);

  std::vector<Axis> axes_;
};

}  // namespace anemone

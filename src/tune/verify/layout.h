// SPDX-License-Identifier: Apache-2.0
// Whether two tensors hold the same numbers in another order of axes. A layout splits the axes of one tensor into
// factors, permutes them and merges them into the axes of the other: (B, S, C) against (B, C, 1, S), heads split or
// merged, matrices transposed. An axis is never shuffled in itself, so swapped heads are not a layout.
#pragma once

#include <optional>
#include <vector>

#include "ir/tensor.h"

namespace anemone {

struct Layout {
  ConcreteShape factors;         // of the source, in its order
  std::vector<int> permutation;  // of the factors
  ConcreteShape shape;           // of the result

  bool is_view() const;  // the same elements in the same order
};

// All layouts that give tensors of shape `to` from tensors of shape `from`, those that split least first. Dimensions of
// size 1 do not matter. At most `most` of them.
std::vector<Layout> layouts(const ConcreteShape& from, const ConcreteShape& to, size_t most = 5000);

// Tensors of float32.
Tensor laid_out(const Tensor& source, const Layout& layout);

// The magnitude that errors of a tensor are measured by: the largest element, unless that is far from all others. Then
// it is a filler (a mask of -1e4), and errors among the others would drown in it.
double scale_of(const Tensor& tensor);

// Root of the mean squared error of the elements, each relative to itself or to the scale, whichever is larger; 0 for
// equal tensors, infinite when a NaN or infinity stands on one side only.
double relative_error(const Tensor& got, const Tensor& want, double scale);

// A layout of `want` that is within `tolerance` of `got` by relative_error; the simplest one.
std::optional<Layout> find_layout(const Tensor& want, const Tensor& got, double scale, double tolerance);

// Which entries of the first axis of `lanes` are within `tolerance` of their part of `whole`, in the layout where most
// are; all false when that is fewer than half of them.
std::vector<bool> equal_lanes(const Tensor& whole, const Tensor& lanes, double scale, double tolerance);

}  // namespace anemone

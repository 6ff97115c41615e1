// SPDX-License-Identifier: Apache-2.0
// Strided views of row-major elements, and the one copy that all data movement is made of: a movement op says which
// view of its input it reads and which view of its result it writes. Strides and offsets count elements; views are
// plain arithmetic and touch no memory. copy_elements checks that both views stay inside their tensors.
#pragma once

#include <vector>

#include "ir/tensor.h"

namespace anemone {

struct View {
  ConcreteShape shape;
  std::vector<int64_t> strides;  // may be 0 (repeats) or negative (reverses)
  int64_t offset = 0;            // of the first element

  int rank() const { return static_cast<int>(shape.size()); }
};

// All elements in order.
View whole(const ConcreteShape& shape);
// Axis i of the result is axis permutation[i] of the view.
View permuted(const View& view, const std::vector<int>& permutation);
// Elements begin, begin + step, ... (count of them) along an axis.
View sliced(View view, int axis, int64_t begin, int64_t count, int64_t step = 1);
// One axis seen as several, outermost first; the product of `sizes` is the size of the axis.
View split_axis(View view, int axis, const ConcreteShape& sizes);
// A new axis in front of `axis`; with stride 0 it repeats what follows.
View inserted(View view, int axis, int64_t size, int64_t stride = 0);

// Copies element by element between views of the same shape and tensors of the same element size (a byte or more). The
// memory must not overlap unless the elements do not.
void copy_elements(const Tensor& from, const View& read, Tensor& to, const View& write, int threads = 1);
// The same into all of `to`, in order, whatever its shape.
void copy_elements(const Tensor& from, const View& read, Tensor& to, int threads = 1);
// Sets all elements to the one element of `value`, which has the same element type.
void fill_elements(Tensor& to, const Tensor& value);

}  // namespace anemone

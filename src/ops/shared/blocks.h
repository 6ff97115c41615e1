// SPDX-License-Identifier: Apache-2.0
// Coarse grids over dense tensors, as block-wise scales and tables have them: every axis of the tensor is cut into as
// many equal blocks as the grid has cells along it.
#pragma once

#include "base/error.h"
#include "ir/op_definition.h"

namespace anemone {

// The shape of a constant argument. Error when it is not concrete.
inline ConcreteShape concrete_shape(const Arguments& args, std::string_view name) {
  if (!args.type(name).is_concrete()) fail("the shape of {} is not known", name);
  return args.type(name).concrete();
}

// Error unless the first axes of `grid` (as many as `dense` has) divide those of `dense`.
inline void expect_blocks(const ConcreteShape& dense, const ConcreteShape& grid, std::string_view grid_name,
                          std::string_view dense_name) {
  for (size_t axis = 0; axis < dense.size(); ++axis)
    if (grid[axis] < 1 || dense[axis] % grid[axis] != 0)
      fail("axis {} of {} has size {}, which does not divide {} of {}", axis, grid_name, grid[axis], dense[axis],
           dense_name);
}

// Error when a float argument holds a value that is not finite.
void expect_finite(const Arguments& args, std::string_view name);

// Calls f(begin, end, cell) for stretches of dense elements that lie in one cell of the grid; both row-major. The grid
// may have more axes than the tensor: they are left out.
template <typename F>
void for_each_block(const ConcreteShape& dense, const ConcreteShape& grid, F f) {
  const int64_t count = product(dense);
  if (count == 0) return;
  const size_t last = dense.size() - 1;
  const int64_t block = dense[last] / grid[last];
  for (int64_t row = 0; row < count / dense[last]; ++row) {
    int64_t cell = 0;
    int64_t stride = grid[last];
    int64_t rest = row;
    for (size_t axis = last; axis-- > 0; rest /= dense[axis]) {
      cell += rest % dense[axis] / (dense[axis] / grid[axis]) * stride;
      stride *= grid[axis];
    }
    int64_t begin = row * dense[last];
    for (int64_t i = 0; i < grid[last]; ++i, begin += block) f(begin, begin + block, cell + i);
  }
}

}  // namespace anemone

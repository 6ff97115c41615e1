// SPDX-License-Identifier: Apache-2.0
// Coarse grids over dense tensors, as block-wise scales and tables have them: every axis of the tensor is cut into as
// many equal blocks as the grid has cells along it.
#pragma once

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
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

class BlockGrid {
 public:
  // Both row-major. The grid may have more axes than the tensor: they are left out.
  BlockGrid(const ConcreteShape& dense, const ConcreteShape& grid) {
    for (size_t i = 0; i < dense.size(); ++i) {
      // Where a cell spans a whole axis, its stretches go on through the next row.
      if (grid[i] == 1 && !axes_.empty())
        axes_.back().size *= dense[i];
      else
        axes_.push_back({dense[i], grid[i]});
    }
    if (axes_.empty()) axes_.push_back({1, 1});
  }

  // Calls f(begin, end, cell) for the stretches of [begin, end), elements of the tensor, that lie in one cell.
  template <typename F>
  void for_each(int64_t begin, int64_t end, F f) const {
    const Axis& last = axes_.back();
    const int64_t block = last.size / last.cells;
    while (begin < end) {
      const int64_t row = begin / last.size;
      const int64_t first = row * last.size;
      const int64_t row_end = std::min(end, first + last.size);
      const int64_t cells_before = cells_before_row(row);
      while (begin < row_end) {
        const int64_t cell = (begin - first) / block;
        const int64_t stop = std::min(row_end, first + (cell + 1) * block);
        f(begin, stop, cells_before + cell);
        begin = stop;
      }
    }
  }

 private:
  struct Axis {
    int64_t size;
    int64_t cells;
  };

  int64_t cells_before_row(int64_t row) const {
    int64_t cell = 0;
    int64_t stride = axes_.back().cells;
    for (size_t i = axes_.size() - 1; i-- > 0; row /= axes_[i].size) {
      cell += row % axes_[i].size / (axes_[i].size / axes_[i].cells) * stride;
      stride *= axes_[i].cells;
    }
    return cell;
  }

  std::vector<Axis> axes_;
};

// The same for all `count` elements, in pieces on several threads.
template <typename F>
void for_each_block(int threads, int64_t count, const BlockGrid& grid, F f) {
  parallel_for(threads, count, int64_t{1} << 16, [&](int64_t begin, int64_t end) { grid.for_each(begin, end, f); });
}

}  // namespace anemone

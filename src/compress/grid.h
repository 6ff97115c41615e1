// SPDX-License-Identifier: Apache-2.0
// A dense row-major tensor cut into equal boxes: cells, which share a scale or a table. Every axis is cut into as many
// parts as the grid has cells along it; both are row-major.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ir/type.h"

namespace anemone {

class Grid {
 public:
  // Every entry of `cells` divides that of `shape`; CHECK otherwise.
  Grid(const ConcreteShape& shape, const ConcreteShape& cells);

  int64_t elements() const { return elements_; }
  int64_t cells() const { return cells_; }
  int64_t cell_size() const { return elements_ / cells_; }

  // Calls f(begin, end, cell) for stretches of elements of one cell that together are [from, to), in order.
  template <typename F>
  void for_each_run(int64_t from, int64_t to, F f) const {
    const int64_t row_size = axes_.back().size;
    const int64_t run = axes_.back().size / axes_.back().cells;
    for (int64_t row = from / row_size; row * row_size < to; ++row) {
      const int64_t row_cell = first_cell(row);
      const int64_t low = std::max(from - row * row_size, int64_t{0});
      const int64_t high = std::min(to - row * row_size, row_size);
      for (int64_t i = low / run; i * run < high; ++i)
        f(row * row_size + std::max(i * run, low), row * row_size + std::min((i + 1) * run, high), row_cell + i);
    }
  }

  // Calls f(begin, end) for the stretches of one cell, in order.
  template <typename F>
  void for_each_run_of(int64_t cell, F f) const {
    const auto box = box_of(cell);
    const int64_t run = axes_.back().size / axes_.back().cells;
    int64_t rows = cell_size() / run;
    std::vector<int64_t> index(axes_.size(), 0);
    for (int64_t begin = box; rows-- > 0;) {
      f(begin, begin + run);
      for (size_t axis = axes_.size() - 1; axis-- > 0;) {
        begin += axes_[axis].stride;
        if (++index[axis] < axes_[axis].size / axes_[axis].cells) break;
        begin -= axes_[axis].stride * index[axis];
        index[axis] = 0;
      }
    }
  }

 private:
  struct Axis {
    int64_t size;
    int64_t cells;
    int64_t stride = 1;  // in elements
  };

  int64_t first_cell(int64_t row) const;  // of the row's first element
  int64_t box_of(int64_t cell) const;     // the cell's first element

  std::vector<Axis> axes_;  // neighbours that behave as one are one
  int64_t elements_ = 1;
  int64_t cells_ = 1;
};

}  // namespace anemone

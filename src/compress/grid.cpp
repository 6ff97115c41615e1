// SPDX-License-Identifier: Apache-2.0
#include "compress/grid.h"

#include "base/error.h"

namespace anemone {

Grid::Grid(const ConcreteShape& shape, const ConcreteShape& cells) : axes_{{1, 1}} {
  CHECK(shape.size() == cells.size());
  for (size_t i = 0; i < shape.size(); ++i) {
    CHECK(cells[i] >= 1 && shape[i] >= 1 && shape[i] % cells[i] == 0);
    if (cells[i] == 1 || axes_.back().size == 1) {  // one axis with its neighbour
      axes_.back() = {axes_.back().size * shape[i], axes_.back().cells * cells[i]};
    } else {
      axes_.push_back({shape[i], cells[i]});
    }
    elements_ *= shape[i];
    cells_ *= cells[i];
  }
  for (size_t i = axes_.size() - 1; i-- > 0;) axes_[i].stride = axes_[i + 1].stride * axes_[i + 1].size;
}

int64_t Grid::first_cell(int64_t row) const {
  int64_t cell = 0;
  int64_t stride = axes_.back().cells;
  for (size_t i = axes_.size() - 1; i-- > 0;) {
    cell += row % axes_[i].size / (axes_[i].size / axes_[i].cells) * stride;
    row /= axes_[i].size;
    stride *= axes_[i].cells;
  }
  return cell;
}

int64_t Grid::box_of(int64_t cell) const {
  int64_t begin = 0;
  for (size_t i = axes_.size(); i-- > 0;) {
    begin += cell % axes_[i].cells * (axes_[i].size / axes_[i].cells) * axes_[i].stride;
    cell /= axes_[i].cells;
  }
  return begin;
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "compress/grid.h"

#include <gtest/gtest.h>

namespace anemone {
namespace {

// The cell of an element by its definition.
int64_t cell_of(const ConcreteShape& shape, const ConcreteShape& cells, int64_t element) {
  int64_t cell = 0, stride = 1;
  for (size_t i = shape.size(); i-- > 0; element /= shape[i]) {
    cell += element % shape[i] / (shape[i] / cells[i]) * stride;
    stride *= cells[i];
  }
  return cell;
}

void expect_cells(const ConcreteShape& shape, const ConcreteShape& cells) {
  const Grid grid(shape, cells);
  ASSERT_EQ(grid.elements(), product(shape));
  ASSERT_EQ(grid.cells(), product(cells));
  for (int64_t from = 0; from <= grid.elements(); from += 3)
    for (int64_t to = from; to <= grid.elements(); to += 5) {
      int64_t next = from;
      grid.for_each_run(from, to, [&](int64_t begin, int64_t end, int64_t cell) {
        EXPECT_EQ(begin, next);
        for (int64_t i = begin; i < end; ++i) EXPECT_EQ(cell, cell_of(shape, cells, i));
        next = end;
      });
      EXPECT_EQ(next, to);
    }
  int64_t seen = 0;
  for (int64_t cell = 0; cell < grid.cells(); ++cell)
    grid.for_each_run_of(cell, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) EXPECT_EQ(cell, cell_of(shape, cells, i));
      seen += end - begin;
    });
  EXPECT_EQ(seen, grid.elements());
}

TEST(Grid, EveryElementIsInItsCell) {
  expect_cells({6, 4}, {1, 1});
  expect_cells({6, 4}, {6, 1});
  expect_cells({6, 4}, {3, 1});
  expect_cells({6, 4}, {1, 4});
  expect_cells({6, 4}, {6, 2});
  expect_cells({6, 4}, {2, 2});
  expect_cells({4, 6, 1, 1}, {2, 3, 1, 1});
  expect_cells({4, 2, 3}, {4, 1, 3});
  expect_cells({1, 8}, {1, 4});
  expect_cells({5}, {1});
}

}  // namespace
}  // namespace anemone

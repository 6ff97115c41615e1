// SPDX-License-Identifier: Apache-2.0
// Functions applied one after another to a block of a matrix while it is in cache: what follows a product. The bits are
// those of elementwise.h, step by step.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/elementwise/elementwise.h"

namespace anemone::kernels {

struct ElementStep {
  enum class Kind { kUnary, kNumber, kMatrix };

  Kind kind = Kind::kUnary;
  Unary unary = Unary::kAbs;
  Binary binary = Binary::kAdd;
  float number = 0.0F;            // the parameter of a unary function, or the other operand
  const float* matrix = nullptr;  // kMatrix: the other operand; element (0, 0) of the block
  int64_t row_stride = 0;         // of the matrix; 0 repeats a row
  int64_t column_stride = 1;      // of the matrix; 0 repeats an element along the row
  bool swapped = false;           // the block is the right operand
};

// The step for the part of the block that begins at (row, column).
inline ElementStep step_at(ElementStep step, int64_t row, int64_t column) {
  if (step.kind == ElementStep::Kind::kMatrix) step.matrix += row * step.row_stride + column * step.column_stride;
  return step;
}

// Rows are `stride` apart.
void apply(const ElementStep& step, int64_t rows, int64_t columns, float* block, int64_t stride);

}  // namespace anemone::kernels

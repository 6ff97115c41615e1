// SPDX-License-Identifier: Apache-2.0
#include "kernels/elementwise/steps.h"

namespace anemone::kernels {
namespace {

void apply_number(const ElementStep& step, float number, int64_t count, float* values) {
  if (step.swapped)
    scalar_binary(step.binary, number, values, values, count);
  else
    binary_scalar(step.binary, values, number, values, count);
}

void apply_row(const ElementStep& step, const float* other, int64_t count, float* values) {
  switch (step.kind) {
    case ElementStep::Kind::kUnary:
      return unary(step.unary, values, values, count, step.number);
    case ElementStep::Kind::kNumber:
      return apply_number(step, step.number, count, values);
    case ElementStep::Kind::kMatrix:
      if (step.column_stride == 0) return apply_number(step, *other, count, values);
      if (step.swapped) return binary(step.binary, other, values, values, count);
      return binary(step.binary, values, other, values, count);
  }
}

}  // namespace

void apply(const ElementStep& step, int64_t rows, int64_t columns, float* block, int64_t stride) {
  if (step.kind != ElementStep::Kind::kMatrix && columns == stride)
    return apply_row(step, nullptr, rows * columns, block);
  for (int64_t i = 0; i < rows; ++i) apply_row(step, step.matrix + i * step.row_stride, columns, block + i * stride);
}

}  // namespace anemone::kernels

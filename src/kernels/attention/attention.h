// SPDX-License-Identifier: Apache-2.0
// softmax(steps(q · kᵀ)) · v for a batch of heads, where q, k, v and the result lie anywhere: no transposed copies and
// no scores in memory. The bits are those of batched_matmul, the steps and softmax one after another, so they depend on
// neither batch, rows nor threads.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/elementwise/steps.h"

namespace anemone::kernels {

// A matrix in memory: element (row, column) of item i of the batch.
struct MatrixAt {
  std::vector<int64_t> batch_strides;  // one for each axis of the batch; 0 broadcasts
  int64_t row_stride = 0;
  int64_t column_stride = 1;
};

struct AttentionShape {
  std::vector<int64_t> batch;  // sizes, outermost first
  int64_t queries = 0;
  int64_t keys = 0;
  int64_t depth = 0;  // of a query and a key
  int64_t width = 0;  // of a value
  MatrixAt q;         // queries × depth; one stride is 1, as in k and v
  MatrixAt k;         // keys × depth
  MatrixAt v;         // keys × width
  MatrixAt out;       // queries × width; its columns are neighbours
};

// What happens to the scores; `step.matrix` belongs to the first item of the batch.
struct ScoreStep {
  ElementStep step;
  std::vector<int64_t> batch_strides;  // of a matrix
};

void attention(int threads, const AttentionShape& shape, const std::vector<ScoreStep>& steps, const float* q,
               const float* k, const float* v, float* out);

}  // namespace anemone::kernels

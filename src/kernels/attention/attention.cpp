// SPDX-License-Identifier: Apache-2.0
#include "kernels/attention/attention.h"

#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"
#include "kernels/gemm/block.h"
#include "kernels/softmax/softmax.h"

namespace anemone::kernels {
namespace {

constexpr int64_t kRowsAtOnce = 240;   // queries for which a head's keys and values are packed once
constexpr int64_t kRowsOfScores = 48;  // whose scores stay in the second-level cache; a multiple of every tile's rows
constexpr int64_t kMinimumWork = 1 << 18;

// Where one item of the batch begins.
struct Item {
  const float* q;
  const float* k;
  const float* v;
  float* out;
  std::vector<ElementStep> steps;
};

Item item_at(const AttentionShape& shape, int64_t index, Item item, const std::vector<ScoreStep>& steps) {
  for (const ScoreStep& step : steps) item.steps.push_back(step.step);
  for (size_t axis = shape.batch.size(); axis-- > 0;) {
    const int64_t position = index % shape.batch[axis];
    index /= shape.batch[axis];
    item.q += position * shape.q.batch_strides[axis];
    item.k += position * shape.k.batch_strides[axis];
    item.v += position * shape.v.batch_strides[axis];
    item.out += position * shape.out.batch_strides[axis];
    for (size_t i = 0; i < steps.size(); ++i)
      if (steps[i].step.kind == ElementStep::Kind::kMatrix)
        item.steps[i].matrix += position * steps[i].batch_strides[axis];
  }
  return item;
}

int64_t panels_of(int64_t columns) { return (columns + kPanel - 1) / kPanel; }

// Panels of kPanel columns by `depth` rows of the matrix whose column c is at c · stride, its elements `step` apart.
void pack_panels(const Tile& tile, int64_t columns, int64_t depth, const float* from, int64_t stride, int64_t step,
                 float* to) {
  for (int64_t j = 0; j < columns; j += kPanel, to += depth * kPanel) {
    const int64_t count = std::min(kPanel, columns - j);
    if (count < kPanel) std::fill_n(to, depth * kPanel, 0.0F);
    if (step == 1) {
      tile.transpose(count, depth, from + j * stride, stride, to, kPanel);
    } else {
      for (int64_t i = 0; i < depth; ++i) std::copy_n(from + i * step + j, count, to + i * kPanel);
    }
  }
}

// The memory of one thread.
struct Workspace {
  Scratch keys, values, left, scores;
};

LeftRows left_rows(const Tile& tile, int64_t rows, int64_t depth, const float* x, int64_t row_stride, int64_t step,
                   Scratch& memory) {
  if (rows == 1) return {x, 1, 0, step};
  return pack_rows(tile, rows, depth, x, row_stride, step, memory.floats(packed_rows_size(tile, rows, depth)));
}

// Rows [row, row + rows) of one item, whose keys and values are packed.
void attend(const Tile& tile, const AttentionShape& shape, const Item& item, int64_t row, int64_t rows,
            const float* keys, const float* values, Workspace& memory) {
  float* scores = memory.scores.floats(rows * shape.keys);
  const auto panel_of = [](const float* packed, int64_t depth) {
    return [=](int64_t p, int64_t k0, int64_t) { return RightPanel{packed + (p * depth + k0) * kPanel, kPanel}; };
  };
  const float* q = item.q + row * shape.q.row_stride;
  multiply_block(tile, rows, shape.keys, shape.depth,
                 left_rows(tile, rows, shape.depth, q, shape.q.row_stride, shape.q.column_stride, memory.left),
                 panel_of(keys, shape.depth), scores, shape.keys);
  for (const ElementStep& step : item.steps) apply(step_at(step, row, 0), rows, shape.keys, scores, shape.keys);
  softmax(1, rows, shape.keys, 1, scores, scores);
  multiply_block(tile, rows, shape.width, shape.keys,
                 left_rows(tile, rows, shape.keys, scores, shape.keys, 1, memory.left), panel_of(values, shape.keys),
                 item.out + row * shape.out.row_stride, shape.out.row_stride);
}

}  // namespace

void attention(int threads, const AttentionShape& shape, const std::vector<ScoreStep>& steps, const float* q,
               const float* k, const float* v, float* out) {
  int64_t items = 1;
  for (const int64_t size : shape.batch) items *= size;
  if (items == 0 || shape.queries == 0 || shape.keys == 0 || shape.width == 0) return;
  CHECK(shape.out.column_stride == 1);
  const Tile kernel = tile();
  const int64_t row_pieces = (shape.queries + kRowsAtOnce - 1) / kRowsAtOnce;
  const int64_t work =
      std::min(shape.queries, kRowsAtOnce) * shape.keys * std::max<int64_t>(1, shape.depth + shape.width);
  parallel_for(threads, items * row_pieces, std::max<int64_t>(1, kMinimumWork / work), [&](int64_t begin, int64_t end) {
    static thread_local Workspace memory;
    for (int64_t piece = begin; piece < end; ++piece) {
      const Item item = item_at(shape, piece / row_pieces, {q, k, v, out, {}}, steps);
      float* keys = memory.keys.floats(panels_of(shape.keys) * kPanel * shape.depth);
      float* values = memory.values.floats(panels_of(shape.width) * kPanel * shape.keys);
      pack_panels(kernel, shape.keys, shape.depth, item.k, shape.k.row_stride, shape.k.column_stride, keys);
      pack_panels(kernel, shape.width, shape.keys, item.v, shape.v.column_stride, shape.v.row_stride, values);
      const int64_t first = piece % row_pieces * kRowsAtOnce;
      const int64_t last = std::min(shape.queries, first + kRowsAtOnce);
      for (int64_t row = first; row < last; row += kRowsOfScores)
        attend(kernel, shape, item, row, std::min(kRowsOfScores, last - row), keys, values, memory);
    }
  });
}

}  // namespace anemone::kernels

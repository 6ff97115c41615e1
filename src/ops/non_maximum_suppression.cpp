// SPDX-License-Identifier: Apache-2.0
// non_maximum_suppression: boxes (centre x, centre y, width, height) in the order of their best class score, without
// those that overlap a kept one by more than a threshold. Up to CoreML6 boxes are [n, B, 4], scores [n, B, K], and the
// number of kept boxes is a fourth result; from CoreML7 on boxes are [n, 4, B], scores [n, K, B]. Places that are left
// over hold zeros and index -1.
#include <algorithm>
#include <limits>
#include <numeric>

#include "ops/ops.h"
#include "ops/shared/movement.h"

namespace anemone {
namespace {

bool boxes_first(const Arguments& args) { return args.opset() < 7; }

std::vector<Type> infer(const Arguments& args) {
  const Type& boxes = args.type("boxes");
  const Type& scores = args.type("scores");
  expect_rank(args, "boxes", 3);
  expect_rank(args, "scores", 3);
  const int64_t kept = args.integer("max_boxes");
  if (kept < 0) fail("max_boxes is {}", kept);
  const Shape open(3, Dim::unknown());
  const Shape& box_dims = boxes.ranked ? boxes.shape : open;
  const Shape& score_dims = scores.ranked ? scores.shape : open;
  const size_t place = boxes_first(args) ? 1 : 2;
  const size_t channel = 3 - place;
  if (provably_different(box_dims[channel], 4)) fail("boxes have {} values, expected 4", box_dims[channel].str());
  unified(box_dims[place], score_dims[place], static_cast<int>(place));
  const Dim batch = unified(box_dims[0], score_dims[0], 0);
  Shape box_result = {batch, kept, kept};
  Shape score_result = box_result;
  box_result[channel] = 4;
  score_result[channel] = score_dims[channel];
  std::vector<Type> results = {Type::tensor(boxes.dtype, box_result), Type::tensor(scores.dtype, score_result),
                               Type::tensor(DType::kInt32, Shape{batch, kept})};
  if (boxes_first(args)) results.push_back(Type::tensor(DType::kInt32, Shape{batch}));
  return results;
}

// One batch entry of boxes or scores: value(i, k) is value k of box i.
struct Table {
  const float* values;
  int64_t box_stride, value_stride;

  float value(int64_t box, int64_t k) const { return values[box * box_stride + k * value_stride]; }
};

Table table_of(const Tensor& tensor, int64_t batch, bool boxes_are_first) {
  const int64_t rows = tensor.shape()[1];
  const int64_t columns = tensor.shape()[2];
  const float* first = tensor.as<float>().data() + batch * rows * columns;
  return boxes_are_first ? Table{first, columns, 1} : Table{first, 1, columns};
}

// Length of the common part of two intervals given by centre and size.
float common(float centre_a, float size_a, float centre_b, float size_b) {
  const float low = std::max(centre_a - size_a / 2, centre_b - size_b / 2);
  const float high = std::min(centre_a + size_a / 2, centre_b + size_b / 2);
  return std::max(0.0F, high - low);
}

// Intersection over union.
float overlap(const Table& boxes, int64_t a, int64_t b) {
  const float width = common(boxes.value(a, 0), boxes.value(a, 2), boxes.value(b, 0), boxes.value(b, 2));
  const float height = common(boxes.value(a, 1), boxes.value(a, 3), boxes.value(b, 1), boxes.value(b, 3));
  const float inner = width * height;
  const float areas = boxes.value(a, 2) * boxes.value(a, 3) + boxes.value(b, 2) * boxes.value(b, 3);
  return inner / std::max(1e-12F, areas - inner);
}

struct Limits {
  float overlap, score;
  size_t most;
  bool per_class;
};

std::vector<int64_t> kept_boxes(const Table& boxes, const Table& scores, int64_t count, int64_t classes,
                                const Limits& limits) {
  std::vector<float> best(static_cast<size_t>(count));
  std::vector<int64_t> best_class(best.size());
  for (int64_t i = 0; i < count; ++i) {
    int64_t top = 0;
    for (int64_t k = 1; k < classes; ++k)
      if (scores.value(i, k) > scores.value(i, top)) top = k;
    best[static_cast<size_t>(i)] = scores.value(i, top);
    best_class[static_cast<size_t>(i)] = top;
  }
  std::vector<int64_t> order;
  for (int64_t i = 0; i < count; ++i)
    if (best[static_cast<size_t>(i)] >= limits.score) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return best[static_cast<size_t>(a)] > best[static_cast<size_t>(b)]; });
  std::vector<int64_t> kept;
  for (const int64_t i : order) {
    if (kept.size() == limits.most) break;
    const bool suppressed = std::any_of(kept.begin(), kept.end(), [&](int64_t j) {
      const bool rivals = !limits.per_class || best_class[static_cast<size_t>(i)] == best_class[static_cast<size_t>(j)];
      return rivals && overlap(boxes, i, j) > limits.overlap;
    });
    if (!suppressed) kept.push_back(i);
  }
  return kept;
}

// Copies the kept boxes' values into a result of this batch entry.
void place(const Table& from, const std::vector<int64_t>& kept, int64_t values, Tensor& to, int64_t batch, bool first) {
  const Table target = table_of(to, batch, first);
  const int64_t base = target.values - to.as<float>().data();
  for (size_t i = 0; i < kept.size(); ++i)
    for (int64_t k = 0; k < values; ++k) {
      const int64_t at = base + static_cast<int64_t>(i) * target.box_stride + k * target.value_stride;
      to.as<float>()[static_cast<size_t>(at)] = from.value(kept[i], k);
    }
}

void compute(const Arguments& args, Results& results) {
  const Tensor& boxes = args.tensor("boxes");
  const Tensor& scores = args.tensor("scores");
  const bool first = boxes_first(args);
  const std::vector<Type> types = infer(args);
  Tensor& kept_values = results.allocate(0, types[0].concrete(), DType::kFloat32);
  Tensor& kept_scores = results.allocate(1, types[1].concrete(), DType::kFloat32);
  auto indices = results.allocate(2, types[2].concrete(), DType::kInt32).as<int32_t>();
  const auto counts =
      first ? results.allocate(3, types[3].concrete(), DType::kInt32).as<int32_t>() : std::span<int32_t>();
  std::fill(kept_values.as<float>().begin(), kept_values.as<float>().end(), 0.0F);
  std::fill(kept_scores.as<float>().begin(), kept_scores.as<float>().end(), 0.0F);
  std::fill(indices.begin(), indices.end(), -1);
  const int64_t count = boxes.shape()[first ? 1 : 2];
  const int64_t classes = scores.shape()[first ? 2 : 1];
  const double lowest = -std::numeric_limits<double>::infinity();
  const Limits limits{static_cast<float>(args.number("iou_threshold")),
                      static_cast<float>(first ? args.number("score_threshold") : lowest),
                      static_cast<size_t>(args.integer("max_boxes")), args.flag("per_class_suppression")};
  for (int64_t batch = 0; batch < boxes.shape()[0]; ++batch) {
    const Table box_table = table_of(boxes, batch, first);
    const Table score_table = table_of(scores, batch, first);
    const auto kept =
        classes == 0 ? std::vector<int64_t>() : kept_boxes(box_table, score_table, count, classes, limits);
    place(box_table, kept, 4, kept_values, batch, first);
    place(score_table, kept, classes, kept_scores, batch, first);
    for (size_t i = 0; i < kept.size(); ++i)
      indices[static_cast<size_t>(batch) * limits.most + i] = static_cast<int32_t>(kept[i]);
    if (first) counts[static_cast<size_t>(batch)] = static_cast<int32_t>(kept.size());
  }
}

}  // namespace

void register_op_non_maximum_suppression(OpTable& table) {
  OpDefinition op;
  op.name = "non_maximum_suppression";
  const std::string start = "boxes: T=fp16|fp32, scores: T, iou_threshold: T const, ";
  const std::string rest = "max_boxes: int32 const, per_class_suppression: bool const = false";
  op.signatures = {signature(5, start + "score_threshold: T const, " + rest), signature(7, start + rest)};
  op.infer = infer;
  op.evaluate = compute;
  // Box 1 overlaps box 0 by 1/3; box 2 is apart, with a score below the threshold of the first case.
  const std::vector<float> boxes = {1, 1, 2, 2, 2, 1, 2, 2, 9, 9, 2, 2};
  op.samples = {{{{"boxes", floats({1, 3, 4}, boxes)},
                  {"scores", floats({1, 3, 1}, {0.5F, 0.75F, 0.25F})},
                  {"iou_threshold", Constant::of(0.3F)},
                  {"score_threshold", Constant::of(0.3F)},
                  {"max_boxes", 2}},
                 {floats({1, 2, 4}, {2, 1, 2, 2, 0, 0, 0, 0}), floats({1, 2, 1}, {0.75F, 0}), ints({1, 2}, {1, -1}),
                  ints({1}, {1})},
                 "by hand",
                 0,
                 5},
                {{{"boxes", floats({1, 4, 2}, {1, 2, 1, 1, 2, 2, 2, 2})},
                  {"scores", floats({1, 1, 2}, {0.5F, 0.75F})},
                  {"iou_threshold", Constant::of(0.4F)},
                  {"max_boxes", 2}},
                 {floats({1, 4, 2}, {2, 1, 1, 1, 2, 2, 2, 2}), floats({1, 1, 2}, {0.75F, 0.5F}), ints({1, 2}, {1, 0})},
                 "by hand",
                 0,
                 7}};
  table.add(std::move(op));
}

}  // namespace anemone

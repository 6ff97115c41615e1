// SPDX-License-Identifier: Apache-2.0
// upsample_nearest_neighbor and upsample_bilinear: the last two axes enlarged by factors, sizes rounded down. The
// bilinear grid follows from the rounded sizes, not from the factors; the nearest one takes element floor(i * in /
// out).
#include <cmath>

#include "ops/ops.h"
#include "ops/shared/cost.h"
#include "ops/shared/sampling.h"

namespace anemone {
namespace {

constexpr const char* kFactors[] = {"scale_factor_height", "scale_factor_width"};

double factor(const Arguments& args, size_t axis) {
  const double value = args.number(kFactors[axis]);
  if (!(value > 0) || value > 1e6) fail("{} is {}", kFactors[axis], value);
  return value;
}

// As coremltools computes sizes: whole factors exactly, others in float32.
int64_t scaled(int64_t size, double by) {
  if (by == std::floor(by)) return size * static_cast<int64_t>(by);
  return static_cast<int64_t>(std::floor(static_cast<float>(size) * static_cast<float>(by)));
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  if (!x.ranked) return {x};
  if (x.rank() < 3) fail("x has rank {}, expected at least 3", x.rank());
  Shape shape = x.shape;
  for (const size_t axis : {0, 1}) {
    const double by = factor(args, axis);
    Dim& dim = shape[shape.size() - 2 + axis];
    if (dim.is_constant()) {
      if (static_cast<double>(dim.value()) * by > 0x1p53) fail("a dimension of {} is too large", dim.str());
      dim = scaled(dim.value(), by);
    } else {
      dim = by == std::floor(by) ? dim * static_cast<int64_t>(by) : Dim::unknown();
    }
  }
  return {Type::tensor(x.dtype, shape)};
}

void run_nearest(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  std::vector<int64_t> positions[2];
  for (const size_t i : {0, 1}) {
    const int64_t in = x.shape().end()[static_cast<std::ptrdiff_t>(i) - 2];
    const int64_t out = scaled(in, factor(args, i));
    for (int64_t o = 0; o < out; ++o) positions[i].push_back(o * in / out);
  }
  resample_planes_nearest(x, positions[0], positions[1], results);
}

SamplingMode grid(const Arguments& args) {
  const bool align = args.flag("align_corners");
  if (align) return SamplingMode::kStrictAlignCorners;
  const bool half_pixel = !args.has("half_pixel_centers") || args.flag("half_pixel_centers");
  return half_pixel ? SamplingMode::kUnalignCorners : SamplingMode::kDefault;
}

void run_bilinear(const Arguments& args, Results& results) {
  Tensor y = args.tensor("x");
  for (const size_t i : {0, 1}) {
    const int axis = y.rank() - 2 + static_cast<int>(i);
    const int64_t in = y.shape()[static_cast<size_t>(axis)];
    const double last = static_cast<double>(in) - 1;
    y = resampled_linear(y, axis, sampling_positions(grid(args), 0, last, scaled(in, factor(args, i))),
                         results.threads());
  }
  results.set(0, y);
}

Cost bilinear_cost(const Arguments& args, const std::vector<Type>& outputs) {
  return cost_of(args, outputs, 8 * elements(outputs[0]));
}

OpDefinition nearest() {
  OpDefinition op;
  op.name = "upsample_nearest_neighbor";
  op.signatures = {signature(5,
                             "x: T=fp16|fp32, scale_factor_height: U=fp32|int32 const = 1, "
                             "scale_factor_width: U const = 1")};
  op.infer = infer;
  op.evaluate = run_nearest;
  op.samples = {
      {{{"x", floats({1, 2, 2}, {1, 2, 3, 4})}, {"scale_factor_height", 2}, {"scale_factor_width", 3}},
       {floats({1, 4, 6}, {1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4})},
       "by hand"},
      {{{"x", floats({1, 1, 3}, {1, 2, 3})}, {"scale_factor_width", Constant::of(1.5F)}},
       {floats({1, 1, 4}, {1, 1, 2, 3})},
       "PyTorch 2.13"},
  };
  return op;
}

OpDefinition bilinear() {
  const std::string factors =
      "x: T=fp16|fp32, scale_factor_height: U=int32|fp32 const = 1, "
      "scale_factor_width: U const = 1, align_corners: bool const = true";
  OpDefinition op;
  op.name = "upsample_bilinear";
  op.signatures = {signature(5, factors), signature(6, factors + ", half_pixel_centers: bool const ?")};
  op.infer = infer;
  op.evaluate = run_bilinear;
  op.cost = bilinear_cost;
  const Arg x{"x", floats({1, 1, 2}, {0, 1})};
  const Arg width{"scale_factor_width", Constant::of(2.5F)};
  op.samples = {
      {{x, width}, {floats({1, 1, 5}, {0, 0.25F, 0.5F, 0.75F, 1})}, "by hand"},
      {{x, width, {"align_corners", false}}, {floats({1, 1, 5}, {0, 0.1F, 0.5F, 0.9F, 1})}, "by hand"},
      {{x, width, {"align_corners", false}, {"half_pixel_centers", false}},
       {floats({1, 1, 5}, {0, 0.4F, 0.8F, 1, 1})},
       "by hand",
       1e-6,
       6},
      {{{"x", floats({1, 2, 2}, {1, 2, 3, 5})}, {"scale_factor_height", 2}, {"align_corners", false}},
       {floats({1, 4, 2}, {1, 2, 1.5F, 2.75F, 2.5F, 4.25F, 3, 5})},
       "by hand"},
  };
  return op;
}

}  // namespace

void register_op_upsample(OpTable& table) {
  table.add(nearest());
  table.add(bilinear());
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// layer_norm over any set of axes, and instance_norm over the spatial axes of each channel: (x - mean) / sqrt(variance
// + epsilon), variance being the biased one, then gamma and beta. Computed in double.
#include <cmath>

#include "base/parallel.h"
#include "ops/ops.h"
#include "ops/shared/axes.h"
#include "ops/shared/channels.h"
#include "ops/shared/cost.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/reduction.h"

namespace anemone {
namespace {

std::vector<Type> infer_layer(const Arguments& args) {
  const Type& x = args.type("x");
  if (args.has("epsilon")) expect_scalar(args, "epsilon");
  if (!x.ranked) return {x};
  const auto axes = reduction_axes(args, "axes", x.rank());
  Shape normalized;
  for (const int axis : axes) normalized.push_back(x.shape[static_cast<size_t>(axis)]);
  for (const char* name : {"gamma", "beta"}) {
    if (!args.has(name) || !args.type(name).ranked) continue;
    const Type& parameter = args.type(name);
    if (!compatible(Type::tensor(parameter.dtype, normalized), parameter))
      fail("{} is {}, expected the shape of x at axes: {}", name, parameter.str(),
           Type::tensor(parameter.dtype, normalized).str());
  }
  return {x};
}

std::vector<Type> infer_instance(const Arguments& args) {
  const Type& x = args.type("x");
  if (args.has("epsilon")) expect_scalar(args, "epsilon");
  if (x.ranked && (x.rank() < 3 || x.rank() > 5)) fail("x has rank {}, expected 3 to 5", x.rank());
  expect_channel_vector(args, "gamma");
  expect_channel_vector(args, "beta");
  return {x};
}

struct Moments {
  double mean, scale;

  Moments(const float* row, const std::vector<int64_t>& offsets, double epsilon) {
    const auto count = static_cast<double>(offsets.size());
    mean = lane_sum(offsets.size(), [&](size_t r) { return static_cast<double>(row[offsets[r]]); }) / count;
    const double variance = lane_sum(offsets.size(), [&](size_t r) {
      const double distance = row[offsets[r]] - mean;
      return distance * distance;
    });
    scale = 1 / std::sqrt(variance / count + epsilon);
  }
};

// gamma and beta belong to the reduced elements (layer_norm) or to the rows (instance_norm: row o has channel
// o % channels).
void normalize(const Arguments& args, Results& results, const std::vector<int>& axes, bool by_row) {
  const Tensor& x = args.tensor("x");
  Tensor& y = results.allocate(0, x.shape(), DType::kFloat32);
  if (x.size() == 0) return;
  const ReductionWalk walk(x.shape(), axes);
  const double epsilon = args.number("epsilon");
  const float* gamma = args.has("gamma") ? args.tensor("gamma").as<float>().data() : nullptr;
  const float* beta = args.has("beta") ? args.tensor("beta").as<float>().data() : nullptr;
  const int64_t channels = by_row ? x.shape()[1] : 1;
  const float* from = x.as<float>().data();
  float* to = y.as<float>().data();
  const auto rows = static_cast<int64_t>(walk.kept.size());
  parallel_for(results.threads(), rows, rows_per_piece(walk.reduced.size()), [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; ++o) {
      const int64_t offset = walk.kept[static_cast<size_t>(o)];
      const Moments moments(from + offset, walk.reduced, epsilon);
      for (size_t r = 0; r < walk.reduced.size(); ++r) {
        const int64_t at = offset + walk.reduced[r];
        const auto parameter = by_row ? static_cast<size_t>(o % channels) : r;
        double value = (from[at] - moments.mean) * moments.scale;
        if (gamma) value *= gamma[parameter];
        if (beta) value += beta[parameter];
        to[at] = static_cast<float>(value);
      }
    }
  });
}

void run_layer(const Arguments& args, Results& results) {
  normalize(args, results, reduction_axes(args, "axes", args.tensor("x").rank()), false);
}

void run_instance(const Arguments& args, Results& results) {
  std::vector<int> spatial;
  for (int axis = 2; axis < args.tensor("x").rank(); ++axis) spatial.push_back(axis);
  normalize(args, results, spatial, true);
}

Cost cost(const Arguments& args, const std::vector<Type>& outputs) {
  return cost_of(args, outputs, 7 * elements(outputs[0]));
}

// epsilon has a type of its own: coremltools writes its default as fp32 beside fp16 parameters, in every opset.
std::vector<Signature> signatures(const std::string& axes) {
  const std::string before = "x: T=fp16|fp32" + axes;
  return {signature(5, before + ", gamma: T const ?, beta: T const ?, epsilon: fp16|fp32 const = 1e-05"),
          signature(7, before + ", gamma: U=fp16|fp32 const ?, beta: U const ?, epsilon: fp16|fp32 const = 1e-05")};
}

// gamma and beta have the shape of the normalised axes, so only one axis may move freely.
std::optional<AxesStatement> axes(const Arguments& args) {
  const auto normalized = reduction_axes(args, "axes", args.type("x").rank());
  if (normalized.size() != 1) return std::nullopt;
  AxesStatement statement = along_axis(args, normalized[0], "axes");
  statement.arguments = [letter = statement.along[0]](const AxisOf& axis_of, int) -> std::vector<Arg> {
    return {{"axes", {axis_of(letter)}}};
  };
  return statement;
}

std::vector<Sample> layer_samples() {
  const Arg x("x", floats({1, 2, 3}, {1, 2, 3, -4, 0, 7}));
  return {
      {{x,
        {"axes", {-1}},
        {"gamma", floats({3}, {1, 2, 0.5F})},
        {"beta", floats({3}, {0, 1, -1})},
        {"epsilon", Constant::of(1e-5F)}},
       {floats({1, 2, 3}, {-1.2247357F, 1, -0.38763216F, -1.0998531F, 0.56005876F, -0.34008814F})},
       "PyTorch 2.13",
       1e-6,
       0},
      {{x, {"axes", {1, 2}}},
       {floats({1, 2, 3}, {-0.15132991F, 0.15132991F, 0.45398974F, -1.664629F, -0.45398974F, 1.664629F})},
       "PyTorch 2.13",
       1e-6,
       0},
  };
}

Sample instance_sample() {
  return {{{"x", floats({1, 2, 3}, {1, 2, 3, -4, 0, 7})},
           {"gamma", floats({2}, {2, 0.5F})},
           {"beta", floats({2}, {1, -1})}},
          {floats({1, 2, 3}, {-1.4494714F, 1, 3.4494714F, -1.5499265F, -1.1099853F, -0.34008814F})},
          "PyTorch 2.13",
          1e-6,
          0};
}

}  // namespace

void register_op_layer_norm(OpTable& table) {
  OpDefinition layer;
  layer.name = "layer_norm";
  layer.signatures = signatures(", axes: int32 const ?");
  layer.infer = infer_layer;
  layer.evaluate = run_layer;
  layer.cost = cost;
  layer.axes = axes;
  layer.samples = layer_samples();
  table.add(std::move(layer));

  OpDefinition instance;
  instance.name = "instance_norm";
  instance.signatures = signatures("");
  instance.infer = infer_instance;
  instance.evaluate = run_instance;
  instance.cost = cost;
  instance.samples = {instance_sample()};
  table.add(std::move(instance));
}

}  // namespace anemone

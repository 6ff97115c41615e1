// SPDX-License-Identifier: Apache-2.0
// conv_transpose: the gradient of conv with respect to its input. x is [N, C, spatial...], weight [C, O / groups,
// kernel...]. Output sizes follow MIL: `output_shape` when given; "same" gives size * stride; "custom" takes the pads
// off the full result.
#include "ops/ops.h"
#include "ops/shared/convolution.h"
#include "ops/shared/cost.h"
#include "ops/shared/gemm.h"

namespace anemone {
namespace {

void check_channels(const Dim& channels, const Dim& weight_channels, int64_t groups) {
  if (provably_different(channels, weight_channels)) {
    fail("x has {} channels, weight expects {}", channels.str(), weight_channels.str());
  }
  if (weight_channels.is_constant() && weight_channels.value() % groups != 0) {
    fail("{} channels are not divisible by groups {}", weight_channels.str(), groups);
  }
}

void check_output_shape(const Shape& inferred, const std::vector<int64_t>& given) {
  if (given.size() != inferred.size()) {
    fail("output_shape has {} elements, expected {}", given.size(), inferred.size());
  }
  for (size_t i = 0; i < given.size(); ++i) {
    if (given[i] < 0 || (i < 2 && provably_different(inferred[i], given[i]))) {
      fail("output_shape {} does not fit [{}, {}, ...]", to_string(given), inferred[0].str(), inferred[1].str());
    }
  }
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const Type& weight = args.type("weight");
  if (!x.ranked || !weight.ranked) return {Type::unranked(x.dtype)};
  const int64_t groups = args.integer("groups");
  const Dim out_channels = weight.shape.size() < 2 ? Dim::unknown() : weight.shape[1] * groups;
  const size_t spatial = checked_spatial(args, out_channels, groups);
  check_channels(x.shape[1], weight.shape[0], groups);
  const WindowRule rule(args, spatial);
  Shape shape = {x.shape[0], out_channels};
  if (args.has("output_shape")) {
    const auto given = args.integers("output_shape");
    shape.resize(x.shape.size());
    check_output_shape(shape, given);
    return {Type::tensor(x.dtype, given)};
  }
  for (size_t i = 0; i < spatial; ++i) shape.push_back(transposed_output(x.shape[2 + i], weight.shape[2 + i], rule, i));
  return {Type::tensor(x.dtype, shape)};
}

// Offsets of (input channel, tap) in the weight of one group.
std::vector<int64_t> weight_columns(int64_t in_channels, int64_t out_channels, int64_t taps) {
  std::vector<int64_t> columns;
  for (int64_t channel = 0; channel < in_channels; ++channel) {
    for (int64_t tap = 0; tap < taps; ++tap) columns.push_back(channel * out_channels * taps + tap);
  }
  return columns;
}

void run(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const Tensor weight = as_float(args.tensor("weight"));
  const int64_t groups = args.integer("groups");
  const int64_t in_channels = weight.shape()[0] / groups;
  const int64_t out_channels = weight.shape()[1];
  const ConcreteShape kernel(weight.shape().begin() + 2, weight.shape().end());
  const auto axes = transposed_axes(args, x.shape(), kernel);
  ConcreteShape shape = {x.shape()[0], groups * out_channels};
  for (const WindowAxis& axis : axes) shape.push_back(axis.out);
  const Windows windows(axes);
  const Convolution convolution{windows,
                                x.shape()[0],
                                groups,
                                in_channels,
                                out_channels,
                                strided_offsets(out_channels, windows.taps()),
                                weight_columns(in_channels, out_channels, windows.taps())};
  const Tensor* bias = args.has("bias") ? &args.tensor("bias") : nullptr;
  convolve(convolution, x, weight, bias, results.allocate(0, shape, DType::kFloat32), results.threads(),
           ane_sums(results, args.type("x")));
}

Cost cost(const Arguments& args, const std::vector<Type>& outputs) {
  const Type& weight = args.type("weight");
  const double in_channels = weight.is_concrete() ? static_cast<double>(weight.shape[0].value()) : 0;
  const double per_input = in_channels > 0 ? elements(weight) / in_channels : 0;
  return cost_of(args, outputs, 2 * elements(args.type("x")) * per_input);
}

std::vector<Sample> samples() {
  const Constant line = floats({1, 1, 3}, {1, 2, 3});
  const Constant weight = floats({1, 1, 3}, {1, 10, 100});
  return {
      {{{"x", line}, {"weight", weight}, {"strides", {2}}},
       {floats({1, 1, 7}, {1, 10, 102, 20, 203, 30, 300})},
       "by hand"},
      {{{"x", line}, {"weight", weight}, {"strides", {2}}, {"pad_type", "same"}},
       {floats({1, 1, 6}, {1, 10, 102, 20, 203, 30})},
       "by hand"},
      {{{"x", line}, {"weight", weight}, {"strides", {2}}, {"pad_type", "custom"}, {"pad", {1, 2}}},
       {floats({1, 1, 4}, {10, 102, 20, 203})},
       "by hand"},
      {{{"x", floats({1, 2, 1, 2}, {1, 2, 3, 4})},
        {"weight", floats({2, 1, 1, 2}, {1, -1, 2, 0.5F})},
        {"bias", floats({2}, {0, 1})},
        {"groups", 2}},
       {floats({1, 2, 1, 3}, {1, 1, -2, 7, 10.5F, 3})},
       "by hand"},
  };
}

constexpr const char* kWindow =
    ", pad: int32 const ?, output_shape: int32 const ?, pad_type: string const = valid, strides: int32 const ?, "
    "dilations: int32 const ?, groups: int32 const = 1";

}  // namespace

void register_op_conv_transpose(OpTable& table) {
  OpDefinition op;
  op.name = "conv_transpose";
  op.signatures = {
      signature(5, std::string("x: T=fp16|fp32, weight: T const, bias: T const ?") + kWindow),
      signature(7, std::string("x: T=fp16|fp32, weight: U=fp16|fp32, bias: U ?") + kWindow),
  };
  op.infer = infer;
  op.evaluate = run;
  op.cost = cost;
  op.samples = samples();
  table.add(std::move(op));
}

}  // namespace anemone

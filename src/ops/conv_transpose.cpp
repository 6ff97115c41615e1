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

Dim full_size(const Dim& in, const Dim& kernel, const WindowRule& rule, size_t axis) {
  return (in - 1) * rule.strides[axis] + (kernel - 1) * rule.dilations[axis] + 1;
}

bool is_same(const WindowRule& rule) { return rule.pad_type == "same" || rule.pad_type == "same_lower"; }

Dim output_size(const Dim& in, const Dim& kernel, const WindowRule& rule, size_t axis) {
  if (kernel.is_constant() && kernel.value() < 1) fail("a kernel dimension is {}", kernel.str());
  const Dim out = is_same(rule) ? in * rule.strides[axis]
                                : full_size(in, kernel, rule, axis) - rule.pad[2 * axis] - rule.pad[2 * axis + 1];
  if (out.is_constant() && out.value() < 1) fail("spatial dimension {} has size {}", axis, out.str());
  return out;
}

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
  for (size_t i = 0; i < spatial; ++i) shape.push_back(output_size(x.shape[2 + i], weight.shape[2 + i], rule, i));
  return {Type::tensor(x.dtype, shape)};
}

WindowAxis axis_of(int64_t in, int64_t kernel, int64_t out, const WindowRule& rule, size_t axis) {
  WindowAxis result;
  result.in = in;
  result.out = out;
  result.kernel = kernel;
  result.stride = rule.strides[axis];
  result.dilation = rule.dilations[axis];
  result.before = rule.pad[2 * axis];
  result.transposed = true;
  if (is_same(rule)) {
    const int64_t extra = std::max<int64_t>(0, full_size(in, kernel, rule, axis).value() - out);
    result.before = rule.pad_type == "same" ? extra / 2 : extra - extra / 2;
  }
  return result;
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
  const size_t spatial = x.shape().size() - 2;
  const WindowRule rule(args, spatial);
  std::vector<WindowAxis> axes;
  ConcreteShape shape = {x.shape()[0], groups * out_channels};
  for (size_t i = 0; i < spatial; ++i) {
    const int64_t in = x.shape()[2 + i];
    const int64_t kernel = weight.shape()[2 + i];
    shape.push_back(args.has("output_shape") ? args.integers("output_shape").at(2 + i)
                                             : output_size(in, kernel, rule, i).value());
    axes.push_back(axis_of(in, kernel, shape.back(), rule, i));
  }
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

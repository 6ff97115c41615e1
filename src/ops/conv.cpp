// SPDX-License-Identifier: Apache-2.0
// conv: 1-D, 2-D and 3-D convolution of x [N, C, spatial...] with weight [O, C / groups, kernel...].
#include <algorithm>

#include "ops/ops.h"
#include "ops/shared/convolution.h"
#include "ops/shared/cost.h"
#include "ops/shared/gemm.h"

namespace anemone {
namespace {

void check_channels(const Dim& channels, const Type& weight, int64_t groups) {
  for (const Dim& dim : {channels, weight.shape[0]}) {
    if (dim.is_constant() && dim.value() % groups != 0)
      fail("{} channels are not divisible by groups {}", dim.str(), groups);
  }
  if (provably_different(channels, weight.shape[1] * groups)) {
    fail("x has {} channels, weight expects {} in each of {} groups", channels.str(), weight.shape[1].str(), groups);
  }
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const Type& weight = args.type("weight");
  if (!x.ranked || !weight.ranked) return {Type::unranked(x.dtype)};
  const int64_t groups = args.integer("groups");
  const size_t spatial = checked_spatial(args, weight.shape[0], groups);
  check_channels(x.shape[1], weight, groups);
  const WindowRule rule(args, spatial);
  Shape shape = {x.shape[0], weight.shape[0]};
  for (size_t i = 0; i < spatial; ++i) shape.push_back(window_output(x.shape[2 + i], weight.shape[2 + i], rule, i));
  return {Type::tensor(x.dtype, shape)};
}

void run_with(const Tensor& weight, const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const size_t spatial = x.shape().size() - 2;
  const WindowRule rule(args, spatial);
  std::vector<WindowAxis> axes;
  ConcreteShape shape = {x.shape()[0], weight.shape()[0]};
  for (size_t i = 0; i < spatial; ++i) {
    const int64_t in = x.shape()[2 + i];
    const int64_t kernel = weight.shape()[2 + i];
    shape.push_back(window_output(in, kernel, rule, i).value());
    axes.push_back(window_axis(in, kernel, shape.back(), rule, i));
  }
  const int64_t groups = args.integer("groups");
  const int64_t in_channels = weight.shape()[1];
  const int64_t out_channels = weight.shape()[0] / groups;
  const Windows windows(axes);
  const int64_t depth = in_channels * windows.taps();
  const Convolution convolution{windows,
                                x.shape()[0],
                                groups,
                                in_channels,
                                out_channels,
                                strided_offsets(out_channels, depth),
                                strided_offsets(depth, 1)};
  const Tensor* bias = args.has("bias") ? &args.tensor("bias") : nullptr;
  convolve(convolution, x, weight, bias, results.allocate(0, shape, DType::kFloat32), results.threads(),
           ane_sums(results, args.type("x")));
}

void run(const Arguments& args, Results& results) { run_with(as_float(args.tensor("weight")), args, results); }

// ---- conv_quantized: weights are 8-bit numbers, weight * quant_scale + quant_bias.
std::vector<Type> infer_quantized(const Arguments& args) {
  if (args.text("quantization_type") != "linear")
    fail("quantization_type is {}, expected linear", args.text("quantization_type"));
  if (args.integer("nbits") < 1 || args.integer("nbits") > 8)
    fail("nbits is {}, expected 1 to 8", args.integer("nbits"));
  if (args.has("bias")) fail("an 8-bit bias has no documented meaning");
  const Type& weight = args.type("weight");
  for (const char* name : {"quant_scale", "quant_bias"}) {
    const Type& values = args.type(name);
    if (!values.is_concrete() || !weight.is_concrete() || values.element_count() == 1) continue;
    if (values.element_count() != weight.shape.at(0).value())
      fail("{} is {}, expected one value or one for each output channel", name, values.str());
  }
  return infer(args);
}

void run_quantized(const Arguments& args, Results& results) {
  Tensor weight = converted(args.tensor("weight"), DType::kFloat32);
  const auto scale = args.tensor("quant_scale").as<float>();
  const auto bias = args.tensor("quant_bias").as<float>();
  const auto values = weight.as<float>();
  const size_t in_channel = values.size() / static_cast<size_t>(std::max<int64_t>(1, weight.shape()[0]));
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t channel = i / in_channel;
    values[i] = values[i] * scale[scale.size() == 1 ? 0 : channel] + bias[bias.size() == 1 ? 0 : channel];
  }
  run_with(weight, args, results);
}

Cost cost(const Arguments& args, const std::vector<Type>& outputs) {
  const Type& weight = args.type("weight");
  const double out_channels = weight.is_concrete() ? static_cast<double>(weight.shape[0].value()) : 0;
  const double depth = out_channels > 0 ? elements(weight) / out_channels : 0;
  return cost_of(args, outputs, 2 * elements(outputs[0]) * depth);
}

// A convolution of single positions is a product with the weight.
std::optional<AxesStatement> axes(const Arguments& args) {
  const Type& weight = args.type("weight");
  const auto all = [&](const char* name, int64_t value) {
    if (!args.has(name)) return true;
    const auto entries = args.known_integers(name);
    return entries && std::all_of(entries->begin(), entries->end(), [&](int64_t entry) { return entry == value; });
  };
  const bool single =
      std::all_of(weight.shape.begin() + 2, weight.shape.end(), [](const Dim& d) { return d == Dim(1); });
  if (!single || args.integer("groups") != 1 || !all("strides", 1) || !all("pad", 0)) return std::nullopt;
  const std::string positions = axis_letters(weight.rank() - 2);
  AxesStatement statement;
  statement.operands = {{"x", 0, "nk" + positions}, {"weight", 0, "ok" + axis_letters(weight.rank() - 2, 15)}};
  statement.outputs = {"no" + positions};
  statement.contracts = true;
  return statement;
}

std::vector<Sample> samples() {
  const Constant line = floats({1, 1, 5}, {1, 2, 3, 4, 5});
  const Constant image = floats({1, 2, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 8, 7, 6, 5, 4, 3, 2, 1});
  const Constant weight = floats({2, 1, 2, 2}, {1, 0, 0, -1, 0.5F, 0.5F, 0.5F, 0.5F});
  return {
      {{{"x", line}, {"weight", floats({1, 1, 3}, {1, 0, -1})}, {"strides", {2}}, {"pad_type", "same"}},
       {floats({1, 1, 3}, {-2, -2, 4})},
       "by hand"},
      {{{"x", image}, {"weight", weight}, {"groups", 2}, {"bias", floats({2}, {1, 0})}},
       {floats({1, 2, 2, 2}, {-3, -3, -3, -3, 14, 12, 8, 6})},
       "by hand"},
      {{{"x", line},
        {"weight", floats({1, 1, 2}, {1, 10})},
        {"dilations", {2}},
        {"pad_type", "custom"},
        {"pad", {2, 1}}},
       {floats({1, 1, 6}, {10, 20, 31, 42, 53, 4})},
       "by hand"},
  };
}

constexpr const char* kWindow =
    ", strides: int32 const ?, pad_type: string const = valid, pad: int32 const ?, dilations: int32 const ?, "
    "groups: int32 const = 1";

OpDefinition quantized() {
  OpDefinition op;
  op.name = "conv_quantized";
  op.signatures = {signature(5, std::string("x: T=fp16|fp32, weight: uint8, bias: uint8 const ?, "
                                            "quantization_type: string const, nbits: int32 const = 8, "
                                            "quant_scale: T const, quant_bias: T const") +
                                    kWindow)};
  op.infer = infer_quantized;
  op.evaluate = run_quantized;
  op.cost = cost;
  op.samples = {{{{"x", floats({1, 1, 3}, {1, 2, 3})},
                  {"weight", ints({2, 1, 2}, {1, 3, 0, 2}, DType::kUInt8)},
                  {"quantization_type", "linear"},
                  {"quant_scale", floats({2}, {0.5F, 1})},
                  {"quant_bias", floats({1}, {-1})}},
                 {floats({1, 2, 2}, {0.5F, 0.5F, 1, 1})},
                 "by hand"}};
  return op;
}

}  // namespace

void register_op_conv(OpTable& table) {
  OpDefinition op;
  op.name = "conv";
  op.signatures = {
      signature(5, std::string("x: T=fp16|fp32, weight: T, bias: T const ?") + kWindow),
      signature(7, std::string("x: T=fp16|fp32, weight: U=fp16|fp32, bias: U ?") + kWindow),
  };
  op.infer = infer;
  op.evaluate = run;
  op.axes = axes;
  op.cost = cost;
  op.samples = samples();
  table.add(std::move(op));
  table.add(quantized());
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "import/blocks/layers.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

constexpr double kSmallestHalfEpsilon = 1e-7;

Arg scalar(const char* name, double value) { return {name, Constant::of(static_cast<float>(value))}; }

// In half precision smaller ones vanish on the Neural Engine.
double epsilon_in_precision(const Module& module, double epsilon) {
  if (!(epsilon >= 0)) fail("{}: epsilon of a norm is {}", module.model().config().file(), epsilon);
  if (module.model().precision() != DType::kFloat16 || epsilon >= kSmallestHalfEpsilon) return epsilon;
  module.model().warn(fmt::format("layer norm: epsilon {} is {} in fp16", shortest(epsilon), kSmallestHalfEpsilon));
  return kSmallestHalfEpsilon;
}

// 1 is added in single precision: small weights of half precision would vanish beside it.
Constant one_plus(const Constant& weight) {
  const Tensor values = converted(weight.stored(), DType::kFloat32);
  Tensor sum(DType::kFloat32, values.shape());
  std::transform(values.as<float>().begin(), values.as<float>().end(), sum.as<float>().begin(),
                 [](float value) { return 1 + value; });
  return Constant(std::move(sum));
}

// Element by element, of two vectors.
Constant product_of(const Constant& a, const Constant& b) {
  const Tensor left = converted(a.stored(), DType::kFloat32);
  const Tensor right = converted(b.stored(), DType::kFloat32);
  Tensor product(DType::kFloat32, left.shape());
  std::transform(left.as<float>().begin(), left.as<float>().end(), right.as<float>().begin(),
                 product.as<float>().begin(), [](float x, float y) { return x * y; });
  return Constant(std::move(product));
}

}  // namespace

ValueId linear(const Module& module, ValueId x, int64_t out_features, bool bias) {
  const int64_t channels = module.model().shape(x).back();
  return tied_linear(module, x, module.weight("weight", {out_features, channels}), bias);
}

ValueId tied_linear(const Module& module, ValueId x, const Constant& weight, bool bias) {
  std::optional<Constant> own;
  if (bias) own = module.weight("bias", {weight.type().concrete().front()});
  return linear_of(module, x, weight, own);
}

ValueId linear_of(const Module& module, ValueId x, const Constant& weight, const std::optional<Constant>& bias,
                  const std::string& part) {
  std::vector<Arg> args = {{"x", x}, {"weight", weight}};
  if (bias) args.emplace_back("bias", *bias);
  return module.op("linear", std::move(args), part);
}

ValueId conv1d(const Module& module, ValueId x, int64_t out_features) {
  const int64_t channels = module.model().shape(x).back();
  return tied_linear(module, x, module.weight("weight", {channels, out_features}).transposed({1, 0}));
}

ValueId pointwise_conv(const Module& module, ValueId x, int64_t out_channels) {
  const int64_t channels = module.model().shape(x)[1];
  return module.op("conv", {{"x", x},
                            {"weight", module.weight("weight", {out_channels, channels, 1, 1})},
                            {"bias", module.weight("bias", {out_channels})},
                            {"strides", {1, 1}},
                            {"pad_type", "valid"},
                            {"pad", {0, 0, 0, 0}},
                            {"dilations", {1, 1}},
                            {"groups", 1}});
}

ValueId gathered(const Module& module, const Operand& table, ValueId indices, const std::string& part) {
  std::vector<Arg> args = {{"x", std::vector<Operand>{table}}, {"indices", indices}, {"axis", 0}};
  if (module.model().opset() >= 6) args.emplace_back("batch_dims", 0);
  if (module.model().opset() >= 7) args.emplace_back("validate_indices", false);
  return module.op("gather", std::move(args), part);
}

ValueId embedding(const Module& module, ValueId ids, int64_t rows, int64_t channels) {
  return gathered(module, module.weight("weight", {rows, channels}), ids);
}

ValueId add_positions(const Module& module, ValueId x, int64_t rows, std::optional<ValueId> positions, int64_t first) {
  const ConcreteShape shape = module.model().shape(x);
  const Constant table = module.weight("weight", {rows, shape[2]});
  if (positions) return module.op("add", {{"x", x}, {"y", gathered(module, table, *positions, "rows")}});
  if (shape[1] > rows - first)
    fail("--sequence-length: {} is more than the {} positions of the model", shape[1], rows - first);
  const Constant used = table.sliced(0, first, first + shape[1]).reshaped({1, shape[1], shape[2]});
  return module.op("add", {{"x", x}, {"y", used}});
}

ValueId layer_norm(const Module& module, ValueId x, double epsilon, const LayerNormOptions& options) {
  const ConcreteShape shape = module.model().shape(x);
  const ConcreteShape channels = {options.axis < 0 ? shape.back() : shape[static_cast<size_t>(options.axis)]};
  const Constant weight = module.weight("weight", channels);
  std::vector<Arg> args = {{"x", x}, {"axes", {options.axis}}, {"gamma", weight}};
  if (options.bias) {
    const Constant bias = module.weight("bias", channels);
    args.emplace_back("beta", options.bias_first ? product_of(bias, weight) : bias);
  }
  args.push_back(scalar("epsilon", epsilon_in_precision(module, epsilon)));
  return module.op("layer_norm", std::move(args));
}

ValueId rms_norm(const Module& module, ValueId x, double epsilon, bool from_one) {
  Constant weight = module.weight("weight", {module.model().shape(x).back()});
  if (from_one) weight = one_plus(weight);
  const std::vector<ValueId> both = {x, times(module, x, -1, "negated")};
  const ValueId pair = module.op("concat", {{"values", both}, {"axis", -1}, {"interleave", false}}, "with_negated");
  const ValueId normal = module.op("layer_norm",
                                   {{"x", pair},
                                    {"axes", {-1}},
                                    {"gamma", Constant::concatenated({weight, weight}, 0)},
                                    scalar("epsilon", epsilon_in_precision(module, epsilon))},
                                   "normal");
  return module.ops("split", {{"x", normal}, {"num_splits", 2}, {"axis", -1}}).front();
}

ValueId mlp(const Module& up, const Module& down, ValueId x, int64_t hidden, const std::string& activation_name) {
  const int64_t channels = up.model().shape(x).back();
  return linear(down, activation(up, linear(up, x, hidden), activation_name), channels);
}

ValueId gated_mlp(const GatedMlp& mlp, ValueId x, int64_t hidden, const std::string& activation_name, bool bias) {
  const int64_t channels = mlp.up.model().shape(x).back();
  const ValueId gate = activation(mlp.gate, linear(mlp.gate, x, hidden, bias), activation_name);
  const ValueId wide = linear(mlp.up, x, hidden, bias);
  return linear(mlp.down, mlp.up.op("mul", {{"x", gate}, {"y", wide}}, "gated"), channels, bias);
}

ValueId times(const Module& module, ValueId x, double factor, const std::string& part) {
  return module.op("mul", {{"x", x}, scalar("y", factor)}, part);
}

ValueId residual(const Module& module, ValueId x, ValueId y, const std::string& part) {
  return module.op("add", {{"x", x}, {"y", y}}, part);
}

ValueId first_position(const Module& module, ValueId x) {
  const ConcreteShape shape = module.model().shape(x);
  const auto batch = static_cast<int32_t>(shape[0]);
  const auto channels = static_cast<int32_t>(shape[2]);
  return module.op("slice_by_index",
                   {{"x", x},
                    {"begin", {0, 0, 0}},
                    {"end", {batch, 1, channels}},
                    {"end_mask", Constant::of(std::vector<bool>{true, false, true})},
                    {"squeeze_mask", Constant::of(std::vector<bool>{false, true, false})}},
                   "first_position");
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "import/blocks/layers.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

constexpr double kSmallestHalfEpsilon = 1e-7;

Arg scalar(const char* name, double value) { return {name, Constant::of(static_cast<float>(value))}; }

ValueId gelu(const Module& module, ValueId x, const char* mode, const std::string& part) {
  return module.op("gelu", {{"x", x}, {"mode", mode}}, part);
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

ValueId layer_norm(const Module& module, ValueId x, double epsilon) {
  const int64_t channels = module.model().shape(x).back();
  if (module.model().precision() == DType::kFloat16 && epsilon < kSmallestHalfEpsilon) {
    module.model().warn(fmt::format("layer norm: epsilon {} is {} in fp16", shortest(epsilon), kSmallestHalfEpsilon));
    epsilon = kSmallestHalfEpsilon;
  }
  return module.op("layer_norm", {{"x", x},
                                  {"axes", {-1}},
                                  {"gamma", module.weight("weight", {channels})},
                                  {"beta", module.weight("bias", {channels})},
                                  scalar("epsilon", epsilon)});
}

ValueId activation(const Module& module, ValueId x, const std::string& name) {
  const std::string part = "activation";
  if (name == "gelu" || name == "gelu_python") return gelu(module, x, "EXACT", part);
  if (name == "gelu_new" || name == "gelu_pytorch_tanh" || name == "gelu_fast")
    return gelu(module, x, "TANH_APPROXIMATION", part);
  if (name == "silu" || name == "swish") return module.op("silu", {{"x", x}}, part);
  if (name == "relu" || name == "tanh" || name == "sigmoid") return module.op(name, {{"x", x}}, part);
  if (name == "linear") return x;
  if (name == "quick_gelu") {
    const ValueId scaled = module.op("mul", {{"x", x}, scalar("y", 1.702)}, part + "_scaled");
    return module.op("mul", {{"x", x}, {"y", module.op("sigmoid", {{"x", scaled}}, part + "_gate")}}, part);
  }
  fail("{}: activation {} is not supported", module.model().config().file(), name);
}

ValueId mlp(const Module& up, const Module& down, ValueId x, int64_t hidden, const std::string& activation_name) {
  const int64_t channels = up.model().shape(x).back();
  return linear(down, activation(up, linear(up, x, hidden), activation_name), channels);
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

// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <functional>
#include <map>

#include "base/error.h"
#include "base/strings.h"
#include "import/blocks/layers.h"

namespace anemone {
namespace {

const char* const kPart = "activation";

using Maker = std::function<ValueId(const Module&, ValueId)>;

Arg scalar(const char* name, double value) { return {name, Constant::of(static_cast<float>(value))}; }

// An op of one argument, with constants.
Maker op(const std::string& type, std::vector<Arg> constants = {}) {
  return [type, constants](const Module& module, ValueId x) {
    std::vector<Arg> args = {{"x", x}};
    args.insert(args.end(), constants.begin(), constants.end());
    return module.op(type, std::move(args), kPart);
  };
}

Maker times(const Maker& gate) {
  return [gate](const Module& module, ValueId x) {
    return module.op("mul", {{"x", x}, {"y", gate(module, x)}}, "activation_gated");
  };
}

Maker after(const Maker& first, const Maker& second) {
  return [first, second](const Module& module, ValueId x) { return second(module, first(module, x)); };
}

Maker scaled(double factor, double offset = 0) {
  return [=](const Module& module, ValueId x) {
    if (offset != 0) x = module.op("add", {{"x", x}, scalar("y", offset)}, "activation_moved");
    return module.op("mul", {{"x", x}, scalar("y", factor)}, "activation_scaled");
  };
}

const std::map<std::string, Maker>& activations() {
  static const Maker kGelu = op("gelu", {{"mode", "EXACT"}});
  static const Maker kTanhGelu = op("gelu", {{"mode", "TANH_APPROXIMATION"}});
  static const Maker kHalf = scaled(0.5, 1);  // (1 + x) / 2
  static const std::map<std::string, Maker> kTable = {
      {"gelu", kGelu},
      {"gelu_python", kGelu},
      {"gelu_10", after(kGelu, op("clip", {scalar("alpha", -10), scalar("beta", 10)}))},
      {"gelu_new", kTanhGelu},
      {"gelu_fast", kTanhGelu},
      {"gelu_accurate", kTanhGelu},
      {"gelu_pytorch_tanh", kTanhGelu},
      {"gelu_python_tanh", kTanhGelu},
      {"quick_gelu", times(after(scaled(1.702), op("sigmoid")))},
      {"silu", op("silu")},
      {"swish", op("silu")},
      {"mish", times(after(op("softplus"), op("tanh")))},
      {"relu", op("relu")},
      {"relu2", after(op("relu"), op("square"))},
      {"relu6", op("relu6")},
      {"leaky_relu", op("leaky_relu", {scalar("alpha", 0.01)})},
      {"hardswish", times(op("sigmoid_hard", {scalar("alpha", 1.0 / 6), scalar("beta", 0.5)}))},
      {"tanh", op("tanh")},
      {"sigmoid", op("sigmoid")},
      {"laplace", after(after(scaled(1 / (0.282095 * std::sqrt(2.0)), -0.707107), op("erf")), kHalf)},
      {"linear", [](const Module&, ValueId x) { return x; }},
  };
  return kTable;
}

}  // namespace

ValueId activation(const Module& module, ValueId x, const std::string& name) {
  const auto found = activations().find(name);
  if (found != activations().end()) return found->second(module, x);
  std::vector<std::string> known;
  for (const auto& entry : activations()) known.push_back(entry.first);
  fail("{}: activation {} is not supported: expected {}", module.model().config().file(), name, any_of(known));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "runtime/shared/unary_function.h"

#include <map>

namespace anemone {
namespace {

using kernels::Unary;

const std::map<std::string, Unary>& functions() {
  static const std::map<std::string, Unary> all = {
      {"abs", Unary::kAbs},   {"erf", Unary::kErf},       {"exp", Unary::kExp},         {"gelu", Unary::kGelu},
      {"relu", Unary::kRelu}, {"sqrt", Unary::kSqrt},     {"sigmoid", Unary::kSigmoid}, {"silu", Unary::kSilu},
      {"tanh", Unary::kTanh}, {"square", Unary::kSquare}, {"rsqrt", Unary::kRsqrt},     {"inverse", Unary::kInverse},
      {"log", Unary::kLog}};
  return all;
}

std::optional<UnaryFunction> gelu(const Arguments& arguments) {
  static const std::map<std::string, Unary> kModes = {{"EXACT", Unary::kGelu},
                                                      {"TANH_APPROXIMATION", Unary::kGeluTanh},
                                                      {"SIGMOID_APPROXIMATION", Unary::kGeluSigmoid}};
  const auto mode = kModes.find(arguments.text("mode"));
  if (mode == kModes.end()) return std::nullopt;
  return UnaryFunction{mode->second, 0.0F};
}

}  // namespace

std::vector<std::string> unary_ops() {
  std::vector<std::string> names;
  for (const auto& entry : functions()) names.push_back(entry.first);
  return names;
}

std::optional<UnaryFunction> unary_function(const Arguments& arguments) {
  const auto found = functions().find(arguments.op().type);
  if (found == functions().end() || !is_float(arguments.type("x").dtype)) return std::nullopt;
  if (found->second == Unary::kGelu) return gelu(arguments);
  // rsqrt, inverse and log add their epsilon first.
  const bool adds = found->second == Unary::kRsqrt || found->second == Unary::kInverse || found->second == Unary::kLog;
  if (!adds) return UnaryFunction{found->second, 0.0F};
  if (arguments.has("epsilon") && !arguments.known("epsilon")) return std::nullopt;
  return UnaryFunction{found->second, static_cast<float>(arguments.number("epsilon"))};
}

}  // namespace anemone

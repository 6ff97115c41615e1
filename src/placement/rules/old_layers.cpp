// SPDX-License-Identifier: Apache-2.0
// The old list of unsupported layers (hollance/neural-engine, 2019 to 2022), item by item. It was drawn up from
// NeuralNetwork models on A12 to A14. ML Programs never run on the engines of A12 and A13, and newer ones take most of
// it.
#include "base/error.h"
#include "placement/rule.h"

namespace anemone {
namespace {

constexpr const char* kList = "hollance/neural-engine docs/unsupported-layers.md, A12 to A14";

std::optional<std::string> custom(const OpView& op, const Target&) {
  if (op.type() != "custom" && op.type() != "custom_layer") return std::nullopt;
  return "a custom layer is code of the app, which runs on the CPU or the GPU";
}

std::optional<std::string> dilated(const OpView& op, const Target&) {
  if (op.type() != "conv") return std::nullopt;
  for (const int64_t dilation : op.integers("dilations").value_or(std::vector<int64_t>{}))
    if (dilation > 1) return fmt::format("its dilation is {}", dilation);
  return std::nullopt;
}

std::optional<std::string> pooling(const OpView& op, const Target&) {
  if (!is_one_of(op.type(), {"max_pool", "avg_pool", "l2_pool"})) return std::nullopt;
  for (const int64_t size : op.integers("kernel_sizes").value_or(std::vector<int64_t>{}))
    if (size > 13) return fmt::format("its window has {} elements along an axis", size);
  for (const int64_t stride : op.integers("strides").value_or(std::vector<int64_t>{}))
    if (stride > 2) return fmt::format("its stride is {}", stride);
  return std::nullopt;
}

std::optional<std::string> upsampling(const OpView& op, const Target&) {
  if (!is_one_of(op.type(), {"upsample_bilinear", "upsample_nearest_neighbor"})) return std::nullopt;
  for (const char* axis : {"scale_factor_height", "scale_factor_width"})
    if (op.integer(axis, 1) > 2) return fmt::format("its factor is {}", op.integer(axis, 1));
  return std::nullopt;
}

// C x H x W with C x 1 x 1, and every other stretching of an operand.
std::optional<std::string> broadcast(const OpView& op, const Target&) {
  if (!is_one_of(op.type(), {"add", "sub", "mul", "real_div", "maximum", "minimum", "pow"})) return std::nullopt;
  const Type* x = op.input("x");
  const Type* y = op.input("y");
  if (!x || !y || elements_of(*x) == elements_of(*y)) return std::nullopt;
  return fmt::format("it stretches {} to {}", elements_of(*x) < elements_of(*y) ? x->str() : y->str(),
                     op.output().str());
}

std::optional<std::string> n_dimensional(const OpView& op, const Target&) {
  if (!is_one_of(op.type(), {"gather_nd", "scatter_nd", "matmul", "concat", "transpose", "slice_by_index"}) ||
      !op.output().is_tensor() || op.output().rank() <= 4)
    return std::nullopt;
  return fmt::format("it works on {} axes", op.output().rank());
}

constexpr Validity kOldEngines = {Family::kH11, Family::kH13, 0, 15};

}  // namespace

void register_rule_old_layers(RuleTable& table) {
  const auto add = [&](const char* code, const char* title, const char* reason, const char* fix, const char* evidence,
                       Validity validity, RuleStatus status, ModelFormat format, auto refuses) {
    table.add({code, Unit::kAne, title, reason, fix, std::string(kList) + "; " + evidence, validity, status, format,
               refuses});
  };
  add("ANE080", "Custom layers", "A custom layer is code of the app and runs on the CPU or the GPU.",
      "Write the layer with ops of the format.",
      "coremltools issue 1278. ML Programs have no custom layers; the rest of a model may stay on the engine.", {},
      RuleStatus::kValid, ModelFormat::kNeuralNetwork, custom);
  add("ANE081", "Dilated convolutions", "Dilated convolutions ran elsewhere on old engines.",
      "A chain of dilations 2 and 3 is fast.",
      "751K, M4: dilation 2 accepted and believed four times cheaper. Where it ended is not recorded.", kOldEngines,
      RuleStatus::kObsolete, ModelFormat::kNeuralNetwork, dilated);
  add("ANE082", "Pooling beyond 13 or stride 2", "Pooling with a window above 13 or a stride above 2 ran elsewhere.",
      "Pool twice.",
      "751K, M4: average windows of 14 and strides of 3 and more accepted; wide maxima have a rule of their own "
      "(ANE021).",
      kOldEngines, RuleStatus::kObsolete, ModelFormat::kNeuralNetwork, pooling);
  add("ANE083", "Upsampling by more than 2", "Upsampling by more than 2 ran elsewhere.", "Upsample twice.",
      "751K, M4: factors 3 and 1.5 accepted.", kOldEngines, RuleStatus::kObsolete, ModelFormat::kNeuralNetwork,
      upsampling);
  add("ANE084", "Broadcastable layers, C x H x W with C x 1 x 1",
      "Elementwise layers that stretch an operand ran elsewhere.", "Tile the constant when the model is converted.",
      "751K, M4: every broadcast of ML Programs accepted.", kOldEngines, RuleStatus::kObsolete,
      ModelFormat::kNeuralNetwork, broadcast);
  add("ANE085", "ND layers", "The layers of the N-dimensional converter path ran elsewhere.",
      "Convert to an ML Program.", "751K, M4: the ops that replace them accepted up to five axes (ANE011).",
      kOldEngines, RuleStatus::kObsolete, ModelFormat::kNeuralNetwork, n_dimensional);
}

}  // namespace anemone

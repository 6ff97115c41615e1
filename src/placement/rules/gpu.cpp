// SPDX-License-Identifier: Apache-2.0
// What the GPU refuses. The CPU takes everything.
#include "base/error.h"
#include "placement/rule.h"

namespace anemone {
namespace {

std::optional<std::string> cpu_only(const OpView& op, const Target&) {
  if (!is_one_of(op.type(), {"crop_resize", "sliding_windows", "non_zero", "range_1d"})) return std::nullopt;
  return fmt::format("{} runs on the CPU alone", op.type());
}

std::optional<std::string> sampled(const OpView& op, const Target&) {
  if (!is_one_of(op.type(), {"affine", "resize"})) return std::nullopt;
  return fmt::format("{} has no GPU form", op.type());
}

std::optional<std::string> control_flow(const OpView& op, const Target&) {
  if (op.op().blocks.empty() && op.type().find("list") == std::string::npos) return std::nullopt;
  return fmt::format("the CPU decides what {} runs next", op.type());
}

}  // namespace

void register_rule_gpu(RuleTable& table) {
  table.add({"GPU001",
             Unit::kGpu,
             "Ops of the CPU alone",
             "These ops have no form on the GPU nor on the Neural Engine.",
             "",
             "751K, M4: supported sets with all units.",
             {},
             RuleStatus::kValid,
             ModelFormat::kProgram,
             cpu_only});
  table.add({"GPU002",
             Unit::kGpu,
             "Sampling without a GPU form",
             "affine and resize have no GPU form.",
             "Use upsample or resize_bilinear.",
             "751K, M4: supported by the CPU and the Neural Engine only.",
             {},
             RuleStatus::kValid,
             ModelFormat::kProgram,
             sampled});
  table.add({"GPU003",
             Unit::kGpu,
             "Branches, loops and lists",
             "The CPU decides what runs next.",
             "",
             "No record of control flow on the GPU.",
             {},
             RuleStatus::kUnknown,
             ModelFormat::kProgram,
             control_flow});
}

}  // namespace anemone

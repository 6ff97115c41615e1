// SPDX-License-Identifier: Apache-2.0
// Rank and lengths of axes.
#include "base/error.h"
#include "placement/rule.h"

namespace anemone {
namespace {

// Calls visit(what, type) for the op's tensors that flow, then its results.
template <typename Visit>
std::optional<std::string> any_tensor(const OpView& op, const Visit& visit) {
  for (const Argument& argument : op.op().arguments)
    for (const Operand& operand : argument.operands) {
      const Type& type = op.type_of(operand);
      if (!type.is_tensor() || op.is_fixed(operand)) continue;
      if (auto found = visit("its operand " + argument.name, type)) return found;
    }
  for (size_t i = 0; i < op.op().outputs.size(); ++i)
    if (op.output(i).is_tensor())
      if (auto found = visit("its result", op.output(i))) return found;
  return std::nullopt;
}

// The channel axis of images has a limit of its own; everything else is an extent.
int64_t limit_of(size_t axis, size_t rank, const FamilyLimits& limits) {
  return rank >= 4 && axis == 1 ? limits.channels : limits.extent;
}

std::optional<std::string> long_axis(const OpView& op, const Target& target) {
  return any_tensor(op, [&](const std::string& what, const Type& type) -> std::optional<std::string> {
    for (size_t axis = 0; axis < type.shape.size(); ++axis) {
      const Dim& dim = type.shape[axis];
      const int64_t limit = limit_of(axis, type.shape.size(), target.limits());
      if (dim.is_constant() && dim.value() > limit)
        return fmt::format("axis {} of {} has length {}, and family {} takes at most {}", axis, what, dim.value(),
                           name_of(target.chip->family), limit);
    }
    return std::nullopt;
  });
}

std::optional<std::string> high_rank(const OpView& op, const Target&) {
  return any_tensor(op, [](const std::string& what, const Type& type) -> std::optional<std::string> {
    if (type.ranked && type.rank() <= 5) return std::nullopt;
    return type.ranked ? fmt::format("{} has {} axes, and the Neural Engine takes at most 5", what, type.rank())
                       : fmt::format("the rank of {} is not known", what);
  });
}

std::optional<std::string> unknown_length(const OpView& op, const Target&) {
  return any_tensor(op, [](const std::string& what, const Type& type) -> std::optional<std::string> {
    for (size_t axis = 0; axis < type.shape.size(); ++axis)
      if (!type.shape[axis].is_constant())
        return fmt::format("the length of axis {} of {} is known only while the model runs", axis, what);
    return std::nullopt;
  });
}

std::optional<std::string> long_contraction(const OpView& op, const Target& target) {
  const Type* x = op.type() == "matmul" ? op.input("x") : nullptr;
  if (!x || x->rank() == 0) return std::nullopt;
  const bool transposed = op.flag("transpose_x") && x->rank() > 1;
  const Dim& inner = x->shape[x->shape.size() - (transposed ? 2 : 1)];
  const int64_t limit = target.limits().contraction;
  if (!inner.is_constant() || inner.value() <= limit) return std::nullopt;
  return fmt::format("its inner axis has length {}, and family {} takes at most {}", inner.value(),
                     name_of(target.chip->family), limit);
}

}  // namespace

void register_rule_shapes(RuleTable& table) {
  table.add(
      {"ANE010",
       Unit::kAne,
       "An axis is too long",
       "An axis is longer than the engine's address generators count: 65536 from A17 Pro and M4 on, before that "
       "16384 (65536 for the channels of an image).",
       "Split the axis, or fold it into two; as a 1x1 convolution a wide linear layer puts its outputs on the "
       "channel axis.",
       "751K, M4: 65536 accepted and 65537 refused on C, H and W (6 programs); ANEForge cross-chip.md: 16384 on M1 "
       "and M2, 65536 on M5; smpanaro: lm_head of 50257 on the CPU of an M1.",
       {},
       RuleStatus::kValid,
       ModelFormat::kProgram,
       long_axis});
  table.add({"ANE011",
             Unit::kAne,
             "More than five axes",
             "The Neural Engine takes tensors of at most five axes.",
             "Merge axes by a reshape before the op.",
             "Apple coreai-models neural_engine_rules.md; ANEForge; 751K, M4: ranks 1 to 5 accepted.",
             {},
             RuleStatus::kValid,
             ModelFormat::kProgram,
             high_rank});
  table.add(
      {"ANE012",
       Unit::kAne,
       "A shape that depends on data",
       "The Neural Engine runs fixed shapes, and this one is known only while the model runs.",
       "Use enumerated shapes, or pad to a fixed length.",
       "751K, M4: non_zero, range_1d and the casts after them; coremltools flexible-inputs guide; FluidAudio: 0 % "
       "with ranges, 94 % with buckets.",
       {},
       RuleStatus::kValid,
       ModelFormat::kProgram,
       unknown_length});
  table.add({"ANE013",
             Unit::kAne,
             "The inner axis of a product is too long",
             "A matmul sums over at most 32768 elements (16384 before A17 Pro and M4).",
             "Split the sum and add the parts.",
             "751K, M4 and M6: 32768 compiles, 40000 fails; ANEForge: 16384 on M1 to M3.",
             {},
             RuleStatus::kValid,
             ModelFormat::kProgram,
             long_contraction});
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Forms of compressed weights that the Neural Engine does not read.
#include "base/error.h"
#include "placement/rule.h"

namespace anemone {
namespace {

// The constexpr op behind the weight of an op, looked for through all arguments.
const Op* compressed_operand(const OpView& op) {
  for (const Argument& argument : op.op().arguments) {
    const Op* producer = argument.operands.size() == 1 ? op.producer(argument.name) : nullptr;
    if (producer && is_constexpr(*producer)) return producer;
  }
  return nullptr;
}

const Type* operand_type(const OpView& op, const Op& producer, std::string_view name) {
  const Argument* argument = producer.argument(name);
  return argument && argument->operands.size() == 1 ? &op.type_of(argument->operands.front()) : nullptr;
}

// Scales over blocks of the input channels: every axis of `scale` but the first longer than 1.
std::optional<std::string> blocks(const OpView& op, const Target&) {
  const Op* producer = compressed_operand(op);
  if (!producer || producer->type != "constexpr_blockwise_shift_scale") return std::nullopt;
  const Type* scale = operand_type(op, *producer, "scale");
  if (!scale || !scale->is_concrete()) return std::nullopt;
  const ConcreteShape shape = scale->concrete();
  for (size_t axis = 1; axis < shape.size(); ++axis)
    if (shape[axis] > 1)
      return fmt::format("its weights have {} scales along axis {}, and the engine takes one for each output channel",
                         shape[axis], axis);
  return std::nullopt;
}

// A table of vectors: the last axis of `lut` holds more than one number.
std::optional<std::string> vectors(const OpView& op, const Target&) {
  const Op* producer = compressed_operand(op);
  if (!producer || producer->type != "constexpr_lut_to_dense" || op.graph().function().opset < 8) return std::nullopt;
  const Type* lut = operand_type(op, *producer, "lut");
  if (!lut || !lut->is_concrete() || lut->rank() < 2 || lut->concrete().back() == 1) return std::nullopt;
  return fmt::format("its palette holds vectors of {} numbers, and the engine takes single numbers",
                     lut->concrete().back());
}

}  // namespace

void register_rule_compression(RuleTable& table) {
  table.add(
      {"ANE065",
       Unit::kAne,
       "Weights scaled by blocks",
       "The engine scales weights by output channel or as a whole, not by blocks of input channels.",
       "Quantize per channel, or palettize with grouped channels.",
       "cadamcat: \"ANE only supports per-cout / per-tensor quantization\"; 751K: blockwise int4 does not compile; "
       "coremltools opt-overview: per-block is for the GPU; ExecuTorch and CoreML-LLM report the same.",
       {},
       RuleStatus::kValid,
       ModelFormat::kProgram,
       blocks});
  table.add(
      {"ANE066",
       Unit::kAne,
       "Palettes of vectors",
       "The engine's palettes hold single numbers.",
       "Palettize with a cluster dimension of 1.",
       "751K, M4 and M6: vector palettes do not compile; Apple coreai-models says newer hardware takes them, so the "
       "boundary is not known.",
       {},
       RuleStatus::kUnknown,
       ModelFormat::kProgram,
       vectors});
}

}  // namespace anemone

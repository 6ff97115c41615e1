// SPDX-License-Identifier: Apache-2.0
// Element types. What is known when the program is compiled (axes, weights, constant indices) does not count: only data
// that flows.
#include "base/error.h"
#include "placement/rule.h"

namespace anemone {
namespace {

using Matches = bool (*)(DType);

// The first operand or result that flows and has such an element type: "its operand x is int32".
std::optional<std::string> first_of(const OpView& op, const Matches& matches) {
  for (const Argument& argument : op.op().arguments)
    for (const Operand& operand : argument.operands) {
      const Type& type = op.type_of(operand);
      if (type.is_tensor() && !op.is_fixed(operand) && matches(type.dtype))
        return fmt::format("its operand {} is {}", argument.name, name_of(type.dtype));
    }
  for (size_t i = 0; i < op.op().outputs.size(); ++i)
    if (op.output(i).is_tensor() && matches(op.output(i).dtype))
      return fmt::format("its result is {}", name_of(op.output(i).dtype));
  return std::nullopt;
}

bool is_wide_integer(DType type) {
  return type == DType::kInt32 || type == DType::kUInt32 || type == DType::kInt64 || type == DType::kUInt64;
}
bool is_single(DType type) { return type == DType::kFloat32; }
bool is_foreign(DType type) {
  return type == DType::kFloat64 || type == DType::kBFloat16 || type == DType::kString ||
         type == DType::kFloat8E4M3FN || type == DType::kFloat8E5M2;
}

std::optional<std::string> wide_integers(const OpView& op, const Target&) {
  const auto which = first_of(op, is_wide_integer);
  if (!which) return std::nullopt;
  return fmt::format("the Neural Engine has no 32-bit integers, and {}", *which);
}

std::optional<std::string> single_precision(const OpView& op, const Target&) {
  if (op.type() == "cast") return std::nullopt;
  const auto which = first_of(op, is_single);
  if (!which) return std::nullopt;
  return fmt::format("the Neural Engine computes in half precision, and {}", *which);
}

std::optional<std::string> border_cast(const OpView& op, const Target& target) {
  if (op.type() != "cast" || !first_of(op, is_single)) return std::nullopt;
  return fmt::format("casts from and to fp32 run on the CPU up to iOS 18 and macOS 15, and this is {}",
                     target.os.str());
}

std::optional<std::string> foreign(const OpView& op, const Target&) {
  const auto which = first_of(op, is_foreign);
  if (!which) return std::nullopt;
  return fmt::format("the Neural Engine knows fp16, bool and integers of 8 and 16 bits, and {}", *which);
}

}  // namespace

void register_rule_data_types(RuleTable& table) {
  table.add({"ANE060",
             Unit::kAne,
             "32-bit integer data",
             "The Neural Engine has no 32-bit integers: any int32 operand or result keeps an op off it.",
             "Take the values as fp16, int16 or uint16, or do the index arithmetic before the model.",
             "751K, M4: 41 refused ops in 18 programs (\"Unsupported tensor data type: int32\", \"Output type int32 is "
             "not supported\"); ANEForge op-catalog, M1 to M5; Apple coreai-models lists fp16, int8 and int16.",
             {},
             RuleStatus::kValid,
             ModelFormat::kProgram,
             wide_integers});
  table.add(
      {"ANE061",
       Unit::kAne,
       "Single precision data",
       "The Neural Engine computes in half precision: an op with fp32 data does not run there.",
       "Convert with --precision fp16.",
       "freedomtan, M1: fp32 mul and add refused (\"Invalid output tensor format: fp32\"); coremltools typed-execution "
       "guide.",
       {},
       RuleStatus::kValid,
       ModelFormat::kProgram,
       single_precision});
  table.add({"ANE062",
             Unit::kAne,
             "Cast at an fp32 border",
             "Up to iOS 18 and macOS 15 a cast from or to fp32 runs on the CPU.",
             "Give the model fp16 inputs and outputs.",
             "freedomtan, M1: fp32 casts refused (\"Invalid input tensor format: fp32\"); 751K, M4 on macOS 27: "
             "accepted in 3 "
             "programs. Chip and system differ between the two; the boundary is set where both agree.",
             {Family::kH11, Family::kH18, 0, 18},
             RuleStatus::kUnknown,
             ModelFormat::kProgram,
             border_cast});
  table.add({"ANE063",
             Unit::kAne,
             "Other element types",
             "The Neural Engine knows fp16, bool and integers of 8 and 16 bits.",
             "Cast to fp16.",
             "Apple coreai-models neural_engine_rules.md; 751K, M4: int8, int16 and bool accepted in 12 programs.",
             {},
             RuleStatus::kValid,
             ModelFormat::kProgram,
             foreign});
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Compressed constants are checked by decompressing them, one at a time: the ops themselves know what their scales,
// tables, indices and masks must look like. Only what another constexpr op reads is kept.
#include "base/error.h"
#include "ir/verify_internal.h"

namespace anemone {

void FunctionVerifier::decompress(const Op& op, const OpDefinition& definition) {
  if (!definition.evaluate) return;
  std::deque<Tensor> tensors;
  const auto value_of = [&](const Operand& operand) -> const Tensor* {
    if (operand.is_value())
      if (const auto found = decompressed_.find(operand.value()); found != decompressed_.end()) return &found->second;
    const Constant* constant = literal(operand);
    if (!constant || !constant->type().is_tensor() || constant->type().dtype == DType::kString) return nullptr;
    tensors.push_back(constant->tensor());
    return &tensors.back();
  };
  std::vector<Tensor> results = evaluate(
      op, table_, function_.opset, [this](const Operand& o) -> const Type& { return type_of(o); }, value_of,
      [this](const Operand& o) { return literal(o); });
  for (size_t i = 0; i < op.outputs.size() && i < results.size(); ++i)
    if (compressed_operands_.count(op.outputs[i].id)) decompressed_[op.outputs[i].id] = std::move(results[i]);
  tensors.clear();
  for (const Argument& argument : op.arguments)
    for (const Operand& operand : argument.operands)
      if (const Constant* constant = literal(operand)) constant->release();
}

}  // namespace anemone

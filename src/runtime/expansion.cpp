// SPDX-License-Identifier: Apache-2.0
#include "runtime/expansion.h"

#include "base/error.h"
#include "ops/ops.h"

namespace anemone {
namespace {

// Tensors that an evaluation makes on its own, outside a plan.
class OwnResults : public Results {
 public:
  OwnResults(size_t count, Numerics numerics, int threads)
      : tensors(count), allocated(count), numerics_(numerics), threads_(threads) {}
  Tensor& allocate(size_t index, const ConcreteShape& shape, DType compute_type) override {
    allocated.at(index) = true;
    return tensors.at(index) = Tensor(compute_type, shape);
  }
  void set(size_t index, Tensor tensor) override { tensors.at(index) = std::move(tensor); }
  Numerics numerics() const override { return numerics_; }
  int threads() const override { return threads_; }

  std::vector<Tensor> tensors;
  std::vector<bool> allocated;  // here; others may be views

 private:
  Numerics numerics_;
  int threads_;
};

}  // namespace

std::vector<Tensor> Expansion::evaluate(const Op& op) {
  std::deque<Tensor> constants;  // in compute form, for this evaluation only
  const OpDefinition& definition = *op_table().find(op.type);
  const Arguments arguments = bind(
      op, definition, graph_.function().opset,
      [&](const Operand& operand) -> const Type& {
        return operand.is_value() ? plan_.types[operand.value()] : operand.literal().type();
      },
      [&](const Operand& operand) -> const Tensor* {
        if (definition.needs_only_types && operand.is_value() && !graph_.constant(operand)) return nullptr;
        return known(operand, constants);
      },
      [&](const Operand& operand) { return graph_.constant(operand); });
  const Numerics numerics = options_.numerics == Numerics::kAne ? Numerics::kIeeeHalf : options_.numerics;
  OwnResults results(op.outputs.size(), numerics, options_.threads);
  definition.evaluate(arguments, results);
  for (size_t i = 0; i < op.outputs.size(); ++i) {
    const Type& type = op.outputs[i].type;
    const bool rounds = numerics != Numerics::kFloat32 || is_constexpr(op);
    if (!rounds || !type.is_tensor() || type.dtype != DType::kFloat16) continue;
    if (results.allocated[i])
      round_result(results.tensors[i], Numerics::kIeeeHalf);
    else
      results.tensors[i] = rounded(results.tensors[i], Numerics::kIeeeHalf);
  }
  for (const Argument& argument : op.arguments)
    for (const Operand& operand : argument.operands)
      if (const Constant* constant = graph_.constant(operand); constant && !constant->is_small()) constant->release();
  return std::move(results.tensors);
}

const Tensor& Expansion::value(ValueId id) {
  const auto found = made_.find(id);
  if (found != made_.end()) return found->second;
  const Op* op = graph_.producer(id);
  CHECK(op);
  std::vector<Tensor> results = evaluate(*op);
  for (size_t i = 0; i < results.size(); ++i) made_[op->outputs[i].id] = std::move(results[i]);
  return made_.at(id);
}

const Tensor* Expansion::known(const Operand& operand, std::deque<Tensor>& constants) {
  if (operand.is_value()) {
    const Tensor& slot = plan_.slots[operand.value()].tensor;
    if (!slot.empty()) return &slot;
  }
  const Constant* constant = graph_.constant(operand);
  if (!constant) return operand.is_value() ? &value(operand.value()) : nullptr;
  if (!constant->type().is_tensor() || constant->type().dtype == DType::kString) return nullptr;
  return &constants.emplace_back(constant->tensor());
}

}  // namespace anemone

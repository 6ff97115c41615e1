// SPDX-License-Identifier: Apache-2.0
#include "runtime/deferred_weights.h"

#include <algorithm>

#include "base/error.h"

namespace anemone {
namespace {

constexpr size_t kLarge = size_t{64} << 10;

}  // namespace

size_t compute_bytes(const Type& type) {
  const auto size = byte_size(compute_dtype(type.dtype), type.element_count());
  if (!size) fail("a tensor of type {} is too large", type.str());
  return static_cast<size_t>(*size);
}

DeferredWeights::DeferredWeights(const Graph& graph, const Plan& plan, Prepared& prepared, const RunOptions& options)
    : graph_(graph),
      plan_(plan),
      prepared_(prepared),
      options_(options),
      deferred_(graph.function().next_value, false) {
  for (const OpPtr& op : graph.function().body.ops) body_.insert(op.get());
}

std::vector<ValueId> DeferredWeights::operands(const Op& op, const std::set<std::string>& but) const {
  std::vector<ValueId> found;
  for (const Argument& argument : op.arguments)
    for (const Operand& operand : argument.operands)
      if (is_deferred(operand) && !but.count(argument.name)) found.push_back(operand.value());
  return found;
}

bool DeferredWeights::defers(const Op& op) const {
  if (!is_constexpr(op) && operands(op).empty()) return false;
  return std::all_of(op.outputs.begin(), op.outputs.end(), [&](const Output& output) {
    const Type& type = plan_.types[output.id];
    const auto& users = graph_.users(output.id);
    return type.is_concrete() && compute_bytes(type) >= kLarge && !graph_.is_block_output(output.id) &&
           std::all_of(users.begin(), users.end(), [&](const Op* user) { return body_.count(user) != 0; });
  });
}

void DeferredWeights::defer(const Op& op) {
  for (const Output& output : op.outputs) deferred_[output.id] = true;
}

bool DeferredWeights::keeps(const Op& op) {
  const auto [entry, fresh] = prepared_.keeps.try_emplace(&op, true);
  if (!fresh) return entry->second;
  size_t bytes = 0;
  for (const ValueId id : operands(op)) bytes += compute_bytes(plan_.types[id]);
  CHECK(prepared_.decompressed <= options_.decompressed_limit);
  entry->second = bytes <= options_.decompressed_limit - prepared_.decompressed;
  if (entry->second) prepared_.decompressed += bytes;
  return entry->second;
}

void DeferredWeights::hold(const Op& op, const std::set<std::string>& absorbed, Expansion& values, Plan& plan,
                           Step& step) {
  if (!keeps(op)) {
    step.decompressed = operands(op);
    return;
  }
  for (const ValueId id : operands(op, absorbed)) {
    const auto [entry, fresh] = prepared_.kept.try_emplace(id);
    if (fresh) entry->second = values.value(id);
    plan.slots[id].tensor = entry->second;
  }
}

}  // namespace anemone

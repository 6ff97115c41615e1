// SPDX-License-Identifier: Apache-2.0
#include "runtime/buffers.h"

#include <algorithm>
#include <functional>

#include "ops/ops.h"

namespace anemone {

Buffers::Buffers(const Graph& graph, const std::vector<ScheduleEntry>& schedule)
    : root_(graph.function().next_value, kNoValue) {
  find_last_uses(graph, schedule);
}

void Buffers::find_last_uses(const Graph& graph, const std::vector<ScheduleEntry>& schedule) {
  std::unordered_map<ValueId, ValueId> viewed;
  const auto resolve = [&](ValueId id) {
    const auto found = viewed.find(id);
    return found == viewed.end() ? id : found->second;
  };
  const std::function<void(const Op&, const Op&)> use = [&](const Op& op, const Op& outer) {
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands)
        if (operand.is_value()) last_use_[resolve(operand.value())] = &outer;
    for (const Block& block : op.blocks) {
      for (const OpPtr& nested : block.ops) use(*nested, outer);
      for (const ValueId output : block.outputs) last_use_[resolve(output)] = &outer;
    }
  };
  for (const ScheduleEntry& entry : schedule)
    for (const Op* op : entry.ops) {
      use(*op, *op);
      const OpDefinition* definition = op_table().find(op->type);
      const bool is_view = definition && !definition->view_of.empty();
      const Operand* source = is_view ? graph.operand(*op, definition->view_of) : nullptr;
      if (source && source->is_value()) viewed[op->id()] = resolve(source->value());
    }
  for (const ValueId output : graph.function().body.outputs) last_use_[resolve(output)] = nullptr;
}

void Buffers::add(ValueId id, size_t bytes, int step) {
  root_[id] = id;
  lives_[id] = {bytes, step, step};
}

void Buffers::overwrite(ValueId id, ValueId other) {
  root_[id] = root_[other];
  overwritten_.insert(root_[id]);
  const auto later = last_use_.find(id);
  last_use_[root_[id]] = later == last_use_.end() ? nullptr : later->second;
}

void Buffers::read(ValueId id, int step) {
  if (!holds(id)) return;
  BufferLife& life = lives_.at(root_[id]);
  life.last = std::max(life.last, step);
}

void Buffers::read(const Op& op, int step) {
  for (const Argument& argument : op.arguments)
    for (const Operand& operand : argument.operands)
      if (operand.is_value()) read(operand.value(), step);
  for (const Block& block : op.blocks) {
    for (const OpPtr& nested : block.ops) read(*nested, step);
    for (const ValueId output : block.outputs) read(output, step);
  }
}

bool Buffers::dies_with(ValueId id, const Op& op) const {
  if (!holds(id)) return false;
  const auto last = last_use_.find(root_[id]);
  if (last == last_use_.end() || last->second != &op) return false;
  for (const Argument& argument : op.arguments)
    for (const Operand& operand : argument.operands)
      if (operand.is_value() && operand.value() != id && root_[operand.value()] == root_[id]) return false;
  return true;
}

std::vector<ValueId> Buffers::sharing(ValueId id) const {
  std::vector<ValueId> all;
  for (ValueId other = 1; other < root_.size(); ++other)
    if (holds(other) && root_[other] == root_[id]) all.push_back(other);
  return all;
}

Buffers::Layout Buffers::place() const {
  std::vector<BufferLife> lives;
  for (const auto& entry : lives_) lives.push_back(entry.second);
  const MemoryPlan memory = plan_memory(lives);
  std::map<ValueId, size_t> offset_of;
  size_t next = 0;
  for (const auto& entry : lives_) offset_of[entry.first] = memory.offsets[next++];
  Layout layout;
  layout.size = memory.size;
  for (ValueId id = 1; id < root_.size(); ++id)
    if (const auto offset = offset_of.find(root_[id]); offset != offset_of.end()) layout.offsets[id] = offset->second;
  return layout;
}

}  // namespace anemone

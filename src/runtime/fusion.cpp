// SPDX-License-Identifier: Apache-2.0
#include "runtime/fusion.h"

namespace anemone {

bool is_constant(const Graph& graph, const Operand& operand) {
  if (graph.constant(operand)) return true;
  const Op* producer = operand.is_value() ? graph.producer(operand.value()) : nullptr;
  return producer && is_constexpr(*producer);
}

std::vector<FusedGroup> FusionTable::find(const Graph& graph, const Op& op) const {
  std::vector<FusedGroup> groups;
  for (const Fusion& fusion : fusions_)
    for (FusedGroup& group : fusion.find(graph, op)) groups.push_back(std::move(group));
  return groups;
}

const FusionTable& fusion_table() {
  static const FusionTable table = [] {
    FusionTable all;
    register_all_fusion(all);
    return all;
  }();
  return table;
}

}  // namespace anemone

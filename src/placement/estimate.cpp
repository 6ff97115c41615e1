// SPDX-License-Identifier: Apache-2.0
#include "placement/estimate.h"

#include <algorithm>

#include "base/error.h"

namespace anemone {

void register_all_estimate(EstimateTable& table);

void EstimateTable::add(const std::vector<std::string>& op_types, WorkFunction work) {
  for (const std::string& type : op_types) CHECK(entries_.emplace(type, work).second);
}

OpWork EstimateTable::work(const OpView& op) const {
  const auto found = entries_.find(op.type());
  return found == entries_.end() ? OpWork::everywhere(streamed(op)) : found->second(op);
}

const EstimateTable& estimate_table() {
  static const EstimateTable table = [] {
    EstimateTable result;
    register_all_estimate(result);
    return result;
  }();
  return table;
}

BackendCosts estimate(const OpWork& work, const Rates& rates) {
  BackendCosts costs{};
  for (int i = 0; i < kBackends; ++i) {
    const auto backend = static_cast<Backend>(i);
    for (const Work& part : work.on(backend)) {
      const Leaf* leaf = rates.find(part.leaf);
      CHECK(leaf != nullptr && leaf->on(backend).known());
      costs[static_cast<size_t>(i)] =
          std::max(costs[static_cast<size_t>(i)], part.amount / (leaf->on(backend).value * 1e6));
    }
  }
  return costs;
}

double streamed_bytes(const OpView& op) {
  double bytes = op.op().outputs.empty() ? 0 : bytes_of(op.output());
  for (const Argument& argument : op.op().arguments)
    if (!argument.operands.empty()) bytes += bytes_of(op.type_of(argument.operands.front()));
  return bytes;
}

Work streamed(const OpView& op) { return {"stream", streamed_bytes(op)}; }

}  // namespace anemone

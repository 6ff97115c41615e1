// SPDX-License-Identifier: Apache-2.0
#include "runtime/schedule.h"

#include <algorithm>
#include <unordered_map>

namespace anemone {
namespace {

class Scheduler {
 public:
  explicit Scheduler(const Graph& graph) : graph_(graph), ops_(graph.function().body.ops) {
    for (size_t i = 0; i < ops_.size(); ++i) {
      index_[ops_[i].get()] = place_[ops_[i].get()] = i;
      for (const Block& block : ops_[i]->blocks) for_each_op(block, [&](const Op& op) { place_[&op] = i; });
    }
    at_.resize(ops_.size());
    taken_.resize(ops_.size(), false);
  }

  std::vector<ScheduleEntry> make(bool fuse) {
    if (fuse) choose_groups();
    std::vector<ScheduleEntry> entries;
    for (const OpPtr& op : ops_)
      if (!is_executed(*op)) entries.push_back({{op.get()}, std::nullopt});
    for (size_t i = 0; i < ops_.size(); ++i) {
      if (!is_executed(*ops_[i])) continue;
      if (at_[i])
        entries.push_back({at_[i]->ops, std::move(at_[i])});
      else if (!taken_[i])
        entries.push_back({{ops_[i].get()}, std::nullopt});
    }
    return entries;
  }

 private:
  void choose_groups() {
    std::vector<FusedGroup> groups;
    for (const OpPtr& op : ops_)
      for (FusedGroup& group : fusion_table().find(graph_, *op)) groups.push_back(std::move(group));
    std::stable_sort(groups.begin(), groups.end(),
                     [](const FusedGroup& a, const FusedGroup& b) { return a.ops.size() > b.ops.size(); });
    for (FusedGroup& group : groups) {
      const bool free = std::all_of(group.ops.begin(), group.ops.end(), [&](const Op* op) {
        const auto found = index_.find(op);  // ops of nested blocks are not there
        return found != index_.end() && !taken_[found->second];
      });
      if (free && is_closed(group)) put(std::move(group));
    }
  }

  // The group reads and gives exactly what it says.
  bool is_closed(const FusedGroup& group) const {
    const auto inside = [&](const Op* op) { return contains(group.ops, op); };
    for (const Op* op : group.ops) {
      for (const Argument& argument : op->arguments)
        for (const Operand& operand : argument.operands) {
          if (is_constant(graph_, operand)) continue;
          const Op* producer = graph_.producer(operand.value());
          if (!(producer && inside(producer)) && !contains(group.inputs, operand.value())) return false;
        }
      for (const Output& output : op->outputs) {
        const auto& users = graph_.users(output.id);
        const bool seen = graph_.is_block_output(output.id) || !std::all_of(users.begin(), users.end(), inside);
        if (seen && !contains(group.outputs, output.id)) return false;
      }
    }
    return true;
  }

  template <typename T>
  static bool contains(const std::vector<T>& list, const T& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  }

  // At the first of its ops that follows the last op it depends on.
  void put(FusedGroup group) {
    std::sort(group.ops.begin(), group.ops.end(), [&](const Op* a, const Op* b) { return index_[a] < index_[b]; });
    group.ops.erase(std::unique(group.ops.begin(), group.ops.end()), group.ops.end());
    size_t earliest = 0;
    for (const ValueId input : group.inputs)
      if (const Op* producer = graph_.producer(input)) earliest = std::max(earliest, place_.at(producer));
    const auto at =
        std::find_if(group.ops.begin(), group.ops.end(), [&](const Op* op) { return place_.at(op) >= earliest; });
    if (at == group.ops.end() || used_before(group, place_.at(*at))) return;
    const size_t place = place_.at(*at);
    for (const Op* op : group.ops) {
      taken_[index_.at(op)] = true;
      place_[op] = place;
    }
    at_[place] = std::move(group);
  }

  bool used_before(const FusedGroup& group, size_t place) const {
    for (const ValueId output : group.outputs)
      for (const Op* user : graph_.users(output))
        if (place_.at(user) < place && !contains(group.ops, user)) return true;
    return false;
  }

  const Graph& graph_;
  const std::vector<OpPtr>& ops_;
  std::unordered_map<const Op*, size_t> index_;  // in the program; of the body's ops
  std::unordered_map<const Op*, size_t> place_;  // where it runs; nested ops: where the outermost one does
  std::vector<std::optional<FusedGroup>> at_;    // the group that stands in place of an op
  std::vector<bool> taken_;                      // the op is part of a group
};

}  // namespace

std::vector<ScheduleEntry> make_schedule(const Graph& graph, bool fuse) { return Scheduler(graph).make(fuse); }

}  // namespace anemone

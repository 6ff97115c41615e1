// SPDX-License-Identifier: Apache-2.0
// Which values of a plan lie in the arena, which of them share a buffer, and for how long each buffer is needed. Steps
// are counted from 1; function inputs are written before step 1.
#pragma once

#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include "ir/graph.h"
#include "runtime/memory_plan.h"
#include "runtime/schedule.h"

namespace anemone {

class Buffers {
 public:
  Buffers(const Graph& graph, const std::vector<ScheduleEntry>& schedule);

  bool holds(ValueId id) const { return root_[id] != kNoValue; }
  // A buffer of its own, written in this step.
  void add(ValueId id, size_t bytes, int step);
  // The value lies where `other` lies: a view.
  void add_view(ValueId id, ValueId other) { root_[id] = root_[other]; }
  // The value is written over `other`, which is not needed any more.
  void overwrite(ValueId id, ValueId other);
  // Everything that the op reads, nested blocks included, is needed until this step.
  void read(const Op& op, int step);
  void read(ValueId id, int step);

  // Whether `op` may write its result over this argument: nobody else needs the buffer afterwards, and no other
  // argument looks into it.
  bool dies_with(ValueId id, const Op& op) const;

  // The values that lie where `id` lies, itself among them; none when it is not held.
  std::vector<ValueId> sharing(ValueId id) const;
  bool is_overwritten(ValueId id) const { return overwritten_.count(root_[id]) != 0; }
  // The buffer is somebody else's: it needs no place.
  void lend(ValueId id) { lives_.erase(root_[id]); }

  // The size of the arena, and where each value lies.
  struct Layout {
    size_t size = 0;
    std::map<ValueId, size_t> offsets;
  };
  Layout place() const;

 private:
  void find_last_uses(const Graph& graph, const std::vector<ScheduleEntry>& schedule);

  std::vector<ValueId> root_;  // whose buffer holds the value
  std::map<ValueId, BufferLife> lives_;
  std::set<ValueId> overwritten_;  // by root
  // By root: the last op of the outermost block that uses the value or a view of it; nullptr for results.
  std::unordered_map<ValueId, const Op*> last_use_;
};

}  // namespace anemone

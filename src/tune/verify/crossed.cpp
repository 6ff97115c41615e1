// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/crossed.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace anemone {
namespace {

// Which results of which splits a value is made of, not looking behind a split.
using Origins = std::map<const Op*, std::set<size_t>>;

Origins origins_of(const Side& side, ValueId value) {
  Origins origins;
  std::set<ValueId> seen;
  std::vector<ValueId> open = {value};
  while (!open.empty()) {
    const ValueId id = open.back();
    open.pop_back();
    const Op* op = seen.insert(id).second ? side.producer(id) : nullptr;
    if (!op) continue;
    if (op->type == "split") {
      for (size_t i = 0; i < op->outputs.size(); ++i)
        if (op->outputs[i].id == id) origins[op].insert(i);
      continue;
    }
    for (const Slot& slot : side.slots(*op)) open.push_back(slot.value);
  }
  return origins;
}

// For each split that gives one result to each part of a concat: which one.
std::map<const Op*, std::vector<size_t>> lanes_of_parts(const Side& side, const Op& concat) {
  std::map<const Op*, std::vector<size_t>> lanes;
  const auto parts = side.slots(concat);
  for (const Slot& part : parts)
    for (const auto& [split, results] : origins_of(side, part.value))
      if (results.size() == 1) lanes[split].push_back(*results.begin());
  for (auto it = lanes.begin(); it != lanes.end();) {
    const std::set<size_t> different(it->second.begin(), it->second.end());
    const bool whole = different.size() == parts.size() && it->first->outputs.size() == parts.size();
    it = whole && it->second.size() == parts.size() ? std::next(it) : lanes.erase(it);
  }
  return lanes;
}

}  // namespace

const Op* crossed_split(const Side& side, const std::function<bool(const Op& concat)>& wrong) {
  for (const Op* op : side.ops()) {
    if (op->type != "concat" || !wrong(*op)) continue;
    const auto lanes = lanes_of_parts(side, *op);
    const Op* crossed = nullptr;
    size_t count = 0;
    for (const auto& [split, order] : lanes)
      if (!std::is_sorted(order.begin(), order.end())) {
        crossed = split;
        ++count;
      }
    if (count == 1 && lanes.size() > 1) return crossed;
  }
  return nullptr;
}

}  // namespace anemone

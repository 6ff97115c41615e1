// SPDX-License-Identifier: Apache-2.0
// Carries out edits on a function in one traversal, for apply() (see ir/patch.h). The edits do not conflict, and new
// values have their final numbers.
#pragma once

#include <map>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ir/patch.h"

namespace anemone {

struct Edits {
  std::map<Place, std::vector<OpPtr>> insert;
  std::unordered_map<ValueId, ValueId> replace;
  std::unordered_map<ValueId, OpPtr> rebuild;
  std::unordered_set<ValueId> remove;
  std::map<ValueId, Type> retype_inputs;
  ValueId next_value = 1;  // greater than every number in use
};

Function rewritten(const Graph& graph, Edits edits, const OpTable& table);

}  // namespace anemone

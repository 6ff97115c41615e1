// SPDX-License-Identifier: Apache-2.0
// An edit as a value. A pass looks at a function and returns patches; apply() alone makes the changed function.
//
// A patch inserts ops before its anchor (or at the end of the block that holds `block_of`), lets other values take the
// place of old ones wherever they are used, and removes ops. Ops whose results nobody uses afterwards are left to the
// dead-code pass, but ops with effects (state writes) go only when they are named in `remove`.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ir/builder.h"
#include "ir/graph.h"
#include "ir/program.h"

namespace anemone {

struct Patch {
  ValueId anchor = kNoValue;              // id() of the op before which the new ops go
  std::vector<OpPtr> insert;              // made by a Builder that continues the function
  ValueId next_value = kNoValue;          // that builder's next_value()
  std::map<ValueId, ValueId> replace;     // old value -> the value used instead
  std::set<ValueId> remove;               // id() of ops to take out
  std::map<ValueId, OpPtr> rebuild;       // id() of an op -> the op that stands there instead, same outputs' ids
  std::map<ValueId, Type> retype_inputs;  // changes of the function's signature

  static Patch insert_before(const Op& anchor, const Builder& builder);
};

// The function with the patches applied, in order. A patch is skipped when an earlier one of the list removed or
// replaced something that it touches; `applied` counts those that were not. Names of function outputs survive: when an
// output value is replaced, its replacement takes the name (or an identity op does, when it cannot). Throws Error when
// a patch is malformed: its anchor is missing, or a replacement's type is not compatible.
struct Applied {
  Function function;
  int applied = 0;
};
Applied apply(const Function& function, const std::vector<Patch>& patches, const OpTable& table);

}  // namespace anemone

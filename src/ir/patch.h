// SPDX-License-Identifier: Apache-2.0
// An edit as a value. A pass looks at a function and returns patches; apply() alone makes the changed function.
//
// A patch inserts ops at a place, lets other values stand for old ones wherever they are used (in nested blocks and as
// block outputs too), takes ops out, and rebuilds ops in place. Ops whose results nobody uses afterwards are left to
// dead-code elimination, unless `remove` names them. A removed state write leaves the version before it to those who
// used its result. Values that the inserted ops define are numbered from the function's next_value in every patch of a
// list, independently of each other; apply() gives them fresh numbers and unique names.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ir/builder.h"
#include "ir/graph.h"
#include "ir/program.h"

namespace anemone {

// Where new ops go.
struct Place {
  ValueId op = kNoValue;  // before the op with this id(); kNoValue: at the end of the function's body
  int block = -1;         // not negative: at the end of this nested block of the op instead

  friend bool operator==(const Place&, const Place&) = default;
  friend auto operator<=>(const Place&, const Place&) = default;
};

struct Patch {
  Place place;
  std::vector<OpPtr> insert;              // made by a Builder that continues the function
  std::map<ValueId, ValueId> replace;     // old value -> the value used instead; inserted and rebuilt ops keep theirs
  std::set<ValueId> remove;               // id() of ops to take out
  std::map<ValueId, OpPtr> rebuild;       // id() of an op -> the op that stands there instead; its outputs keep their
                                          // numbers and names, types may change
  std::map<ValueId, Type> retype_inputs;  // inputs of the function that get another type, and their description
  std::string pass;                       // appended to the provenance of inserted and rebuilt ops

  // The builder's ops before an op of the function.
  static Patch insert_before(const Op& anchor, const Builder& builder);
  // The builder's ops instead of an op with one result, which `result` becomes.
  static Patch instead_of(const Op& op, const Builder& builder, ValueId result);
  // Nothing new: `value` is used instead of `old`.
  static Patch use_instead(ValueId old, ValueId value);
};

struct Applied {
  Function function;
  int applied = 0;
};

// The function with the patches applied, in one traversal. A patch is skipped when it and an earlier one of the list
// get in each other's way: one replaces, removes or rebuilds what the other reads or changes; `applied` counts those
// that were not. Names of function outputs survive: when an output is replaced, its replacement takes the name, or an
// identity op does (see needs_identity). New ops without provenance inherit that of the op they replace, or stand
// before. Throws Error when a patch is malformed: places and values must exist and be defined where they are used,
// types of replacements must be compatible, new ops must fit their definitions.
Applied apply(const Function& function, const std::vector<Patch>& patches, const OpTable& table);

// Whether an identity op must carry the name of output `old` when `value` replaces it: inputs, constants and values
// that are outputs themselves cannot take another name. Passes that simplify leave such values alone.
bool needs_identity(const Graph& graph, ValueId old, ValueId value);

// "PATH|pass|pass": where an op came from and the passes that made or changed it, oldest first.
std::string with_pass(const std::string& provenance, const std::string& pass);

}  // namespace anemone

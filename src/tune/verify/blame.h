// SPDX-License-Identifier: Apache-2.0
// Which op of a program is the first to go wrong, when the values of a right program are known.
//
// A value is known when the right program has an equal one. From the outputs that differ the search goes back through
// values that are not known; an op that makes one out of known values only is a source of the fault. Where a rewritten
// program has values of its own, several ops look like sources; then the one wins whose counterpart is lost: the right
// program has an op on the same inputs, or of the same name, whose result nothing reproduces. A source that was given
// the wrong known value, or the right one in the wrong order, passes the blame on to the op that gave it.
#pragma once

#include <optional>
#include <string>

#include "tune/verify/equals.h"
#include "tune/verify/repair.h"

namespace anemone {

struct Blame {
  const Op* op = nullptr;           // of the wrong program
  const Op* counterpart = nullptr;  // of the right one, when it was found
  std::string reason;
  bool proved = false;       // all results are right with the right value in place of the op's
  bool takes_wrong = false;  // the op itself may be right: it takes a value that it should not take
};

// `wrong` and `right` name values of the two that should be equal and are not. Nothing when no op is between them and
// the inputs.
std::optional<Blame> find_blame(const Side& got, const Side& want, const Equals& equals, Repair& repair,
                                const std::vector<std::pair<ValueId, ValueId>>& wrong, double tolerance);

}  // namespace anemone

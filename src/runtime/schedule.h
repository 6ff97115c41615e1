// SPDX-License-Identifier: Apache-2.0
// The order in which a function's ops run, and which of them run together. Larger groups win over smaller ones that
// share an op with them. A group stands where all that it reads is there and nothing that it gives was read yet; where
// there is no such place it is dropped.
#pragma once

#include <vector>

#include "runtime/fusion.h"

namespace anemone {

struct ScheduleEntry {
  std::vector<const Op*> ops;  // one, unless they are a group
  std::optional<FusedGroup> group;
};

// All ops of the function's body, each once: constants, then the others; with `fuse` false in the order of the program.
std::vector<ScheduleEntry> make_schedule(const Graph& graph, bool fuse);

}  // namespace anemone

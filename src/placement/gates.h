// SPDX-License-Identifier: Apache-2.0
// What takes a whole program off the Neural Engine, whatever its ops: the chip, the system, sizes, depth, states,
// flexible shapes. And what several programs that are loaded together leave of the address window.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/program.h"
#include "placement/rule.h"
#include "placement/weights.h"

namespace anemone {

// The first gate that a function of a program does not pass; nothing when it may use the Neural Engine.
std::optional<Verdict> closed_gate(const Program& program, const Function& function, const WeightSizes& weights,
                                   const Target& target, const RuleSet& without = {});

// The address window over several programs, in the order in which they are loaded.
struct Window {
  struct Member {
    std::string name;
    int64_t bytes = 0;
    int same_as = -1;  // an earlier member with the same content: loaded once
    bool fits = true;
    std::string arithmetic;  // "0.80 + 0.80 = 1.60 of 3.76 GB"
  };
  double capacity_gb = 0;  // NaN when it is not known
  double used_gb = 0;      // by the members that fit
  std::vector<Member> members;
};
Window share_window(std::vector<Window::Member> members, const Target& target);

// Why a member that does not fit is refused.
Verdict window_verdict(const Window::Member& member, const Target& target);

}  // namespace anemone

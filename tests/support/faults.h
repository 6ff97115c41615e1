// SPDX-License-Identifier: Apache-2.0
// Puts one fault into a program, as people do by mistake: a wrong axis, a bias that was dropped, heads that were
// swapped. Types stay as they are, so that the program still runs.
#pragma once

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "ir/program.h"

namespace anemone::test {

struct Faulted {
  Function function;
  std::string kind;
  std::string op;      // the faulty op's name ...
  std::string output;  // ... and that of its first output
};

std::vector<std::string> fault_kinds();
// A fault of this kind at a place drawn at random; nothing when the function has none.
std::optional<Faulted> with_fault(const Function& function, const std::string& kind, std::mt19937& random);

}  // namespace anemone::test

// SPDX-License-Identifier: Apache-2.0
// What the numbers of an input stand for, found from how the program uses them and from its name: which values may be
// made up for it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "ir/program.h"

namespace anemone {

struct InputMeaning {
  enum class Kind : uint8_t {
    kFlags,         // integers that nothing is known about: 0 or 1 is harmless
    kIds,           // rows of a table: 0 to limit - 1
    kPositions,     // 0, 1, 2 ... below the limit
    kMask,          // 1 where something is, 0 where padding is
    kAdditiveMask,  // 0 where something is, a large negative number where padding is
    kPixels,        // 0 to 255
    kTime,          // steps of a diffusion, 0 to 999
    kReal,          // about -3 to 3
  };
  Kind kind = Kind::kReal;
  int64_t limit = 0;  // of ids and positions; 0: none known

  friend bool operator==(const InputMeaning&, const InputMeaning&) = default;
};

// By name, for every input that is not a state.
using InputMeanings = std::map<std::string, InputMeaning>;
InputMeanings input_meanings(const Function& function);
// What two programs with the same inputs say together: the smaller limit, and what one of them knows.
InputMeanings merged(InputMeanings a, const InputMeanings& b);

}  // namespace anemone

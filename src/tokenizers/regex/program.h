// SPDX-License-Identifier: Apache-2.0
// What a regular expression is compiled to: instructions for a backtracking machine. A loop over one set is a single
// instruction, so that words and white space are walked in a tight loop.
#pragma once

#include <bitset>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "tokenizers/regex/char_set.h"

namespace anemone::regex {

enum class Op : uint8_t {
  kSet,          // one character of set `a`
  kLoop,         // `min` to `max` characters of set `a`, in the given mode
  kSplit,        // try `a`, then `b`
  kJump,         // to `a`
  kLookAhead,    // the body up to its kMatch follows; goes on at `a`
  kLookBehind,   // as above; the body spans `min` to `max` characters
  kAtomic,       // the body once, for good; goes on at `a` where it ended
  kLineStart,    // ^
  kLineEnd,      // $
  kTextStart,    // \A
  kTextEnd,      // \z
  kLastLineEnd,  // \Z
  kBoundary,     // \b
  kHere,         // where the look-behind around it began
  kMatch,
};

enum class Mode : uint8_t { kGreedy, kLazy, kPossessive };

constexpr uint32_t kNoLimit = std::numeric_limits<uint32_t>::max();

struct Instruction {
  Op op = Op::kMatch;
  Mode mode = Mode::kGreedy;
  bool negated = false;  // of looks and boundaries
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t min = 0;
  uint32_t max = 0;
};

struct Program {
  std::vector<Instruction> code;
  std::vector<CharSet> sets;
  // For each instruction, which ASCII characters a match that goes on from there can begin with.
  std::vector<std::bitset<128>> first;
};

// Throws Error at what the pattern must not have.
Program compile(std::string_view pattern);

}  // namespace anemone::regex

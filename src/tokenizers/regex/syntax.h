// SPDX-License-Identifier: Apache-2.0
// The tree of a regular expression.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tokenizers/regex/program.h"

namespace anemone::regex {

struct Node {
  enum class Kind : uint8_t { kSequence, kChoice, kSet, kRepeat, kLook, kAtomic, kAssert };
  Kind kind = Kind::kSequence;
  std::vector<Node> children;  // an empty sequence matches nothing at all
  CharSet set;
  uint32_t min = 0;
  uint32_t max = 0;
  Mode mode = Mode::kGreedy;
  Op op = Op::kMatch;  // of asserts and looks
  bool negated = false;
};

// Oniguruma's own syntax, as Hugging Face tokenizers uses it, without captures that are read again, subexpression calls
// and conditions. Throws Error naming the place.
Node parse(std::string_view pattern);

// The set that stands for a whole name in \p{...} or [:...:].
CharSet named_set(std::string_view name);

}  // namespace anemone::regex

// SPDX-License-Identifier: Apache-2.0
// Regular expressions of tokenizers: Oniguruma's syntax and Unicode 16 classes, as the reference has them, whatever
// libraries this machine has. Immutable; any number of threads may share one.
#pragma once

#include <functional>
#include <string_view>

#include "tokenizers/regex/program.h"

namespace anemone {

class Regex {
 public:
  // Throws Error when the pattern is malformed or uses what is not supported.
  explicit Regex(std::string_view pattern) : program_(regex::compile(pattern)) {}

  // Calls `visit` with begin and end of each match from left to right. They do not overlap, and an empty match does not
  // touch the one before it. Throws Error when a text makes the pattern backtrack without reasonable end.
  void for_each_match(std::string_view text, const std::function<void(size_t, size_t)>& visit) const;

 private:
  regex::Program program_;
};

}  // namespace anemone

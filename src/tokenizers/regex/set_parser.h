// SPDX-License-Identifier: Apache-2.0
// Reads the part of a regular expression that names characters: escapes and what stands in brackets.
#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"
#include "tokenizers/regex/char_set.h"
#include "tokenizers/unicode.h"

namespace anemone::regex {

// A place in a pattern.
struct Cursor {
  std::string_view text;
  size_t position = 0;

  [[noreturn]] void refuse(std::string_view what) const { fail("regular expression: {} at byte {}", what, position); }
  bool at_end() const { return position >= text.size(); }
  bool looking_at(std::string_view token) const { return text.substr(position, token.size()) == token; }
  bool accept(std::string_view token) {
    if (!looking_at(token)) return false;
    position += token.size();
    return true;
  }
  char32_t next() {
    if (at_end()) refuse("an unexpected end");
    return next_code_point(text, position);
  }
};

CharSet set_of(char32_t first, char32_t last);

class SetParser {
 public:
  explicit SetParser(Cursor& cursor) : cursor_(cursor) {}

  std::optional<CharSet> escaped_class(char32_t code);
  char32_t escaped_code(char32_t code);
  CharSet bracket(bool ignore_case);

 private:
  CharSet property(bool negated);
  char32_t braced_code();
  char32_t digits(uint32_t base, int most);
  CharSet intersection_operand(bool ignore_case);
  void add_item(CharSet& set, bool ignore_case);
  void add_posix(CharSet& set, size_t end);
  std::optional<char32_t> set_member(CharSet& set);

  Cursor& cursor_;
  int depth_ = 0;
};

}  // namespace anemone::regex

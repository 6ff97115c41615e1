// SPDX-License-Identifier: Apache-2.0
// Walks through JSON text: one value, string or number at a time, without building anything. Malformed text is an Error
// with its byte position; nesting is bounded.
#pragma once

#include <string>
#include <string_view>

namespace anemone {

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  // Skip white space first. Whether `token` comes next; and takes it if so.
  bool comes(char token);
  bool accept(char token);
  void expect(char token);
  bool at_end();
  size_t position() const { return position_; }

  // A string with its escapes resolved; valid until the next call.
  std::string_view string();
  double number();
  // Moves past any value; what it holds is only looked at as far as needed to find its end.
  std::string_view skip_value();

 private:
  [[noreturn]] void refuse(const char* expected) const;
  void skip_space();
  void skip_string();
  void unescape(size_t end);
  char32_t hexadecimal(size_t& at, size_t end) const;

  std::string_view text_;
  size_t position_ = 0;
  std::string buffer_;
};

}  // namespace anemone

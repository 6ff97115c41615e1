// SPDX-License-Identifier: Apache-2.0
// Cuts MIL text into tokens. Strings come out decoded; numbers stay text, because their meaning depends on the element
// type. Comments run from // to the end of the line. Errors name line and column.
#pragma once

#include <string>
#include <string_view>

namespace anemone {

struct Token {
  enum class Kind : uint8_t { kEnd, kWord, kNumber, kString, kSymbol };

  Kind kind = Kind::kEnd;
  std::string_view spelling;  // as in the text
  std::string text;           // of a string: its value
  size_t line = 1;
  size_t column = 1;

  bool is(std::string_view wanted) const {
    return (kind == Kind::kWord || kind == Kind::kSymbol) && spelling == wanted;
  }
};

class Lexer {
 public:
  explicit Lexer(std::string_view text);  // the text must outlive the lexer

  const Token& peek() const { return current_; }
  Token next();
  // Takes the word or symbol when it is the next token.
  bool accept(std::string_view wanted);
  void expect(std::string_view wanted);
  // "line 3, column 7: " and the message, thrown as Error, at the next token.
  [[noreturn]] void fail_here(const std::string& message) const;
  [[noreturn]] static void fail_at(const Token& token, const std::string& message);

 private:
  void advance();
  void skip_space();
  void read_word();
  void read_number();
  void read_string();
  char read_escape();
  void read_symbol();
  char at(size_t offset = 0) const { return at_ + offset < text_.size() ? text_[at_ + offset] : '\0'; }
  bool done() const { return at_ >= text_.size(); }

  std::string_view text_;
  size_t at_ = 0;
  size_t line_ = 1;
  size_t line_begin_ = 0;
  Token current_;
};

// What may stand where a name stands without quotes: an identifier that is no word of the grammar.
bool is_plain_name(std::string_view text);
// [A-Za-z_][A-Za-z0-9_@]*: what Core ML accepts as a name.
bool is_identifier(std::string_view text);
// The text between quotes, with escapes where needed; read_string reads it back.
std::string quote(std::string_view text);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/jinja/lexer.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "tokenizers/unicode.h"

namespace anemone::jinja {
namespace {

// The longer ones first.
constexpr std::array<std::string_view, 25> kOperators = {"**", "//", "==", "!=", ">=", "<=", "+", "-", "*",
                                                         "/",  "%",  "~",  "<",  ">",  "=",  "(", ")", "[",
                                                         "]",  "{",  "}",  ".",  ",",  ":",  "|"};

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// Line breaks of any kind become \n; one at the end goes.
std::string plain_lines(std::string_view source) {
  std::string text;
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n') continue;
    text += source[i] == '\r' ? '\n' : source[i];
  }
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(plain_lines(source)), text_(source_) {}

  std::vector<Token> run() {
    while (position_ < text_.size()) read_text();
    add(TokenKind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void refuse(std::string_view what) const { fail("line {}: {}", line_, what); }

  void add(TokenKind kind, std::string text) { tokens_.push_back({kind, std::move(text), line_}); }

  void move_to(size_t position) {
    line_ += static_cast<size_t>(std::count(text_.begin() + static_cast<ptrdiff_t>(position_),
                                            text_.begin() + static_cast<ptrdiff_t>(position), '\n'));
    position_ = position;
  }

  bool looking_at(std::string_view token) const { return text_.substr(position_, token.size()) == token; }

  // Text up to the next delimiter, and what that opens.
  void read_text() {
    const size_t begin = position_;
    size_t open = text_.find('{', begin);
    while (open != std::string_view::npos && text_.substr(open + 1, 1).find_first_of("{%#") == std::string_view::npos)
      open = text_.find('{', open + 1);
    if (open == std::string_view::npos) {
      add(TokenKind::kText, std::string(text_.substr(begin)));
      return move_to(text_.size());
    }
    const char kind = text_[open + 1];
    const char control = open + 2 < text_.size() ? text_[open + 2] : ' ';
    add(TokenKind::kText, std::string(text_.substr(begin, text_end(begin, open, kind, control) - begin)));
    move_to(open + (control == '-' || (control == '+' && kind != '#') ? 3 : 2));
    if (kind == '#') return skip_comment();
    if (kind == '%' && read_raw()) return;
    read_tokens(kind == '{');
  }

  // Where text that ends at a delimiter loses its white space.
  size_t text_end(size_t begin, size_t open, char kind, char control) const {
    size_t end = open;
    if (control == '-') {
      while (end > begin && is_space(text_[end - 1])) --end;
      return end;
    }
    if (kind == '{' || control == '+') return open;
    while (end > begin && text_[end - 1] != '\n' && is_space(text_[end - 1])) --end;
    const bool line_begins = end == 0 || text_[end - 1] == '\n';
    return line_begins ? end : open;
  }

  // After a closing delimiter: with `strip` all white space goes, after a block or comment one line break.
  void finish_delimiter(bool strip, bool keep, bool block) {
    size_t end = position_;
    if (strip) {
      while (end < text_.size() && is_space(text_[end])) ++end;
    } else if (block && !keep && end < text_.size() && text_[end] == '\n') {
      ++end;
    }
    move_to(end);
  }

  void skip_comment() {
    const size_t end = text_.find("#}", position_);
    if (end == std::string_view::npos) refuse("a comment without its #}");
    const char control = end > position_ ? text_[end - 1] : ' ';
    move_to(end + 2);
    finish_delimiter(control == '-', control == '+', true);
  }

  // {% raw %} ... {% endraw %} is text. False when something else begins here.
  bool read_raw() {
    size_t at = position_;
    const auto skip_spaces = [&] {
      while (at < text_.size() && is_space(text_[at])) ++at;
    };
    const auto closes = [&](std::string_view word, bool& strip) {
      skip_spaces();
      if (text_.substr(at, word.size()) != word) return false;
      at += word.size();
      skip_spaces();
      strip = text_.substr(at, 1) == "-";
      if (strip || text_.substr(at, 1) == "+") ++at;
      if (text_.substr(at, 2) != "%}") return false;
      at += 2;
      return true;
    };
    bool strip = false;
    if (!closes("raw", strip)) return false;
    move_to(at);
    finish_delimiter(strip, false, true);
    for (size_t open = text_.find("{%", position_); open != std::string_view::npos; open = text_.find("{%", open + 2)) {
      at = open + 2;
      const char control = at < text_.size() ? text_[at] : ' ';
      if (control == '-' || control == '+') ++at;
      if (!closes("endraw", strip)) continue;
      add(TokenKind::kText, std::string(text_.substr(position_, text_end(position_, open, '%', control) - position_)));
      move_to(at);
      finish_delimiter(strip, false, true);
      return true;
    }
    refuse("raw without its endraw");
  }

  void read_tokens(bool print) {
    const std::string_view close = print ? "}}" : "%}";
    add(print ? TokenKind::kPrintBegin : TokenKind::kBlockBegin, "");
    int nesting = 0;
    for (;;) {
      while (position_ < text_.size() && is_space(text_[position_])) move_to(position_ + 1);
      if (position_ >= text_.size()) refuse(print ? "{{ without its }}" : "{% without its %}");
      const bool strip = looking_at("-") && text_.substr(position_ + 1, 2) == close;
      const bool keep = !print && looking_at("+") && text_.substr(position_ + 1, 2) == close;
      if (nesting == 0 && (strip || keep || looking_at(close))) {
        add(print ? TokenKind::kPrintEnd : TokenKind::kBlockEnd, "");
        move_to(position_ + (strip || keep ? 3 : 2));
        return finish_delimiter(strip, keep, !print);
      }
      read_token(nesting);
    }
  }

  void read_token(int& nesting) {
    const char c = text_[position_];
    if (c == '"' || c == '\'') return read_string(c);
    if (is_digit(c)) return read_number();
    if (is_name_start(c)) {
      size_t end = position_;
      while (end < text_.size() && (is_name_start(text_[end]) || is_digit(text_[end]))) ++end;
      add(TokenKind::kName, std::string(text_.substr(position_, end - position_)));
      return move_to(end);
    }
    for (const std::string_view token : kOperators) {
      if (!looking_at(token)) continue;
      if (token == "(" || token == "[" || token == "{") ++nesting;
      if (token == ")" || token == "]" || token == "}") nesting = std::max(0, nesting - 1);
      add(TokenKind::kOperator, std::string(token));
      return move_to(position_ + token.size());
    }
    refuse("an unexpected character");
  }

  void read_number() {
    size_t end = position_;
    const auto skip_digits = [&] {
      while (end < text_.size() && (is_digit(text_[end]) || text_[end] == '_')) ++end;
    };
    skip_digits();
    bool whole = true;
    if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) {
      whole = false;
      ++end;
      skip_digits();
    }
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      const size_t sign = end + 1 < text_.size() && (text_[end + 1] == '-' || text_[end + 1] == '+') ? 1 : 0;
      if (end + 1 + sign < text_.size() && is_digit(text_[end + 1 + sign])) {
        whole = false;
        end += 1 + sign;
        skip_digits();
      }
    }
    std::string digits(text_.substr(position_, end - position_));
    std::erase(digits, '_');
    add(whole ? TokenKind::kInteger : TokenKind::kFloat, std::move(digits));
    move_to(end);
  }

  void read_string(char quote) {
    std::string value;
    size_t at = position_ + 1;
    for (; at < text_.size() && text_[at] != quote; ++at) {
      if (text_[at] == '\\' && at + 1 < text_.size()) {
        unescape(++at, value);
      } else {
        value += text_[at];
      }
    }
    if (at >= text_.size()) refuse("a text without its closing quote");
    add(TokenKind::kString, std::move(value));
    move_to(at + 1);
  }

  // What the backslash before `at` makes of it; moves to its last character. Unknown escapes stay.
  void unescape(size_t& at, std::string& value) const {
    static constexpr std::string_view kKnown = "\\'\"abfnrtv";
    static constexpr std::string_view kMeaning = "\\'\"\a\b\f\n\r\t\v";
    const char c = text_[at];
    if (c == '\n') return;
    if (const size_t known = kKnown.find(c); known != std::string_view::npos) {
      value += kMeaning[known];
      return;
    }
    const size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits == 0) {
      value += '\\';
      value += c;
      return;
    }
    char32_t code = 0;
    for (size_t i = 0; i < digits; ++i) {
      const char digit = ++at < text_.size() ? text_[at] : ' ';
      const bool letter = (digit >= 'a' && digit <= 'f') || (digit >= 'A' && digit <= 'F');
      if (!letter && !is_digit(digit)) refuse("an escape without its digits");
      code = code << 4 | static_cast<char32_t>(letter ? (digit | 0x20) - 'a' + 10 : digit - '0');
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) refuse("an escape that is no character");
    append_utf8(value, code);
  }

  std::string source_;
  std::string_view text_;
  size_t position_ = 0;
  size_t line_ = 1;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) { return Lexer(source).run(); }

}  // namespace anemone::jinja

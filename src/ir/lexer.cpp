// SPDX-License-Identifier: Apache-2.0
#include "ir/lexer.h"

#include <algorithm>
#include <array>

#include "base/dtype.h"
#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_word(char c) { return starts_word(c) || is_digit(c) || c == '@'; }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool is_identifier(std::string_view text) {
  return !text.empty() && starts_word(text[0]) && std::all_of(text.begin(), text.end(), continues_word);
}

bool is_plain_name(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kWords = {"program", "func", "tensor", "list", "dict", "tuple",
                                                              "state",   "true", "false",  "any",  "inf",  "nan"};
  return is_identifier(text) && std::find(kWords.begin(), kWords.end(), text) == kWords.end() && !dtype_from_name(text);
}

std::string quote(std::string_view text) {
  const bool ascii_only = !is_valid_utf8(text);
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result += {'\\', c};
    else if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (byte < 0x20 || byte == 0x7F || (ascii_only && byte > 0x7F))
      result += fmt::format("\\x{:02x}", byte);
    else
      result += c;
  }
  return result + '"';
}

Lexer::Lexer(std::string_view text) : text_(text) { advance(); }

Token Lexer::next() {
  Token token = std::move(current_);
  advance();
  return token;
}

bool Lexer::accept(std::string_view wanted) {
  if (!current_.is(wanted)) return false;
  advance();
  return true;
}

void Lexer::expect(std::string_view wanted) {
  if (!accept(wanted)) fail_here(fmt::format("expected '{}'", wanted));
}

void Lexer::fail_here(const std::string& message) const { fail_at(current_, message); }

void Lexer::fail_at(const Token& token, const std::string& message) {
  const std::string_view shown = token.spelling.substr(0, 40);
  const std::string found = token.kind == Token::Kind::kEnd ? "the end of the text" : quote(shown);
  fail("line {}, column {}: {} at {}", token.line, token.column, message, found);
}

void Lexer::advance() {
  skip_space();
  current_ = Token();
  current_.line = line_;
  current_.column = at_ - line_begin_ + 1;
  if (done()) return;
  const size_t begin = at_;
  if (starts_word(at()))
    read_word();
  else if (is_digit(at()))
    read_number();
  else if (at() == '"')
    read_string();
  else
    read_symbol();
  current_.spelling = text_.substr(begin, at_ - begin);
}

void Lexer::skip_space() {
  while (!done()) {
    if (at() == '/' && at(1) == '/') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (at() == '\n') {
      ++at_;
      ++line_;
      line_begin_ = at_;
    } else if (at() == ' ' || at() == '\t' || at() == '\r') {
      ++at_;
    } else {
      return;
    }
  }
}

void Lexer::read_word() {
  current_.kind = Token::Kind::kWord;
  while (continues_word(at())) ++at_;
}

// Decimal and hexadecimal numbers, with fraction and exponent; signs are symbols of their own.
void Lexer::read_number() {
  current_.kind = Token::Kind::kNumber;
  const bool hex = at() == '0' && (at(1) == 'x' || at(1) == 'X');
  if (hex) at_ += 2;
  const auto is_exponent = [hex](char c) { return hex ? c == 'p' || c == 'P' : c == 'e' || c == 'E'; };
  while (!done()) {
    const bool sign = (at() == '+' || at() == '-') && is_exponent(text_[at_ - 1]);
    const bool digit = hex ? hex_digit(at()) >= 0 : is_digit(at());
    if (!digit && !sign && at() != '.' && !is_exponent(at())) return;
    ++at_;
  }
}

void Lexer::read_string() {
  current_.kind = Token::Kind::kString;
  ++at_;
  while (at() != '"') {
    if (done() || at() == '\n') fail("line {}, column {}: a string does not end", current_.line, current_.column);
    current_.text += at() == '\\' ? read_escape() : text_[at_++];
  }
  ++at_;
}

char Lexer::read_escape() {
  const char letter = at(1);
  at_ += 2;
  switch (letter) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case '"':
    case '\\':
      return letter;
    case 'x': {
      const int high = hex_digit(at());
      const int low = hex_digit(at(1));
      at_ += 2;
      if (high >= 0 && low >= 0) return static_cast<char>(high * 16 + low);
      break;
    }
    default:
      break;
  }
  fail("line {}, column {}: a string has an escape that is not \\n, \\t, \\\", \\\\ or \\xHH", line_, current_.column);
}

void Lexer::read_symbol() {
  static constexpr std::string_view kSymbols = "()[]{}<>,=;:?*+-%";
  current_.kind = Token::Kind::kSymbol;
  if (text_.substr(at_, 3) == "...") {
    at_ += 3;
  } else if (text_.substr(at_, 2) == "->") {
    at_ += 2;
  } else if (kSymbols.find(at()) != std::string_view::npos && at() != '\0') {
    ++at_;
  } else {
    fail("line {}, column {}: character {} does not belong to MIL text", current_.line, current_.column,
         quote(text_.substr(at_, 1)));
  }
}

}  // namespace anemone

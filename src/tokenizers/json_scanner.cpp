// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/json_scanner.h"

#include <cstring>

#include "base/error.h"
#include "base/strings.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

constexpr int kDeepest = 64;

bool is_number_character(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

}  // namespace

void JsonScanner::refuse(const char* expected) const {
  fail("parse error at byte {}: expected {}", position_ + 1, expected);
}

void JsonScanner::skip_space() {
  while (position_ < text_.size() && std::strchr(" \t\r\n", text_[position_]) != nullptr && text_[position_] != 0)
    ++position_;
}

bool JsonScanner::comes(char token) {
  skip_space();
  return position_ < text_.size() && text_[position_] == token;
}

bool JsonScanner::accept(char token) {
  if (!comes(token)) return false;
  ++position_;
  return true;
}

void JsonScanner::expect(char token) {
  const char expected[] = {token, 0};
  if (!accept(token)) refuse(expected);
}

bool JsonScanner::at_end() {
  skip_space();
  return position_ == text_.size();
}

// From after the opening quote to after the closing one.
void JsonScanner::skip_string() {
  for (;;) {
    if (position_ >= text_.size()) refuse("the end of a string");
    const char c = text_[position_++];
    if (c == '"') return;
    if (c == '\\') ++position_;
  }
}

std::string_view JsonScanner::string() {
  if (!accept('"')) refuse("a string");
  const size_t begin = position_;
  skip_string();
  const std::string_view raw = text_.substr(begin, position_ - 1 - begin);
  for (const char c : raw)
    if (static_cast<unsigned char>(c) < 0x20) refuse("a string without control characters");
  if (raw.find('\\') == std::string_view::npos) {
    if (!is_valid_utf8(raw)) refuse("a string in UTF-8");
    return raw;
  }
  const size_t end = position_;
  position_ = begin;
  unescape(end - 1);
  position_ = end;
  if (!is_valid_utf8(buffer_)) refuse("a string in UTF-8");
  return buffer_;
}

void JsonScanner::unescape(size_t end) {
  static constexpr char kEscapes[] = "\"\\/bfnrt";
  static constexpr char kMeanings[] = "\"\\/\b\f\n\r\t";
  buffer_.clear();
  for (size_t i = position_; i < end; ++i) {
    if (text_[i] != '\\') {
      buffer_ += text_[i];
      continue;
    }
    const char kind = text_[++i];
    if (kind == 'u') {
      append_utf8(buffer_, hexadecimal(i, end));
      continue;
    }
    const char* found = kind == 0 ? nullptr : std::strchr(kEscapes, kind);
    if (found == nullptr) refuse("a known escape");
    buffer_ += kMeanings[found - kEscapes];
  }
}

// \uXXXX at the u, or two of them that are one character; moves to the last digit.
char32_t JsonScanner::hexadecimal(size_t& at, size_t end) const {
  const auto four = [&](size_t from) {
    char32_t value = 0;
    if (end < from + 4) refuse("four hexadecimal digits");
    for (size_t i = from; i < from + 4; ++i) {
      const char c = text_[i];
      const bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      if (!letter && (c < '0' || c > '9')) refuse("four hexadecimal digits");
      value = value * 16 + static_cast<char32_t>(letter ? (c | 0x20) - 'a' + 10 : c - '0');
    }
    return value;
  };
  const char32_t first = four(at + 1);
  at += 4;
  if (first < 0xD800 || first > 0xDFFF) return first;
  const bool paired = first < 0xDC00 && at + 6 < end + 1 && text_.substr(at + 1, 2) == "\\u";
  const char32_t second = paired ? four(at + 3) : 0;
  if (second < 0xDC00 || second > 0xDFFF) refuse("a whole surrogate pair");
  at += 6;
  return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

double JsonScanner::number() {
  skip_space();
  const size_t begin = position_;
  while (position_ < text_.size() && is_number_character(text_[position_])) ++position_;
  const auto value = parse_double(text_.substr(begin, position_ - begin));
  if (!value || text_[begin] == '+') refuse("a number");
  return *value;
}

std::string_view JsonScanner::skip_value() {
  skip_space();
  const size_t begin = position_;
  int depth = 0;
  do {
    if (position_ >= text_.size()) refuse("a value");
    const char c = text_[position_++];
    if (c == '"') {
      skip_string();
    } else if (c == '{' || c == '[') {
      if (++depth > kDeepest) fail("JSON is nested deeper than {} levels", kDeepest);
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (depth == 0) {
      while (position_ < text_.size() && std::strchr(",]} \t\r\n", text_[position_]) == nullptr) ++position_;
    }
  } while (depth > 0);
  if (depth < 0) refuse("a value");
  return text_.substr(begin, position_ - begin);
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/strings.h"
#include "tokenizers/jinja/value.h"
#include "tokenizers/unicode.h"

namespace anemone::jinja {
namespace {

// As Python prints a float: always with a point or an exponent.
std::string float_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::string text = fmt::format("{}", value);
  const size_t exponent = text.find('e');
  if (exponent == std::string::npos && text.find('.') == std::string::npos) text += ".0";
  return text;
}

// In single quotes, unless there are some inside and no double ones.
std::string in_quotes(std::string_view text) {
  const bool swap = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char quote = swap ? '"' : '\'';
  std::string result(1, quote);
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    const char32_t code = next_code_point(text, i);
    if (code == static_cast<char32_t>(quote) || code == '\\') {
      result += '\\';
      result += static_cast<char>(code);
    } else if (code == '\n' || code == '\r' || code == '\t') {
      result += code == '\n' ? "\\n" : code == '\r' ? "\\r" : "\\t";
    } else if (code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0xAD) {
      result += fmt::format("\\x{:02x}", static_cast<uint32_t>(code));
    } else {
      result.append(text, begin, i - begin);
    }
  }
  return result + quote;
}

std::string json_string(std::string_view text, bool ascii) {
  static constexpr std::string_view kSpecial = "\"\\\n\r\t\b\f";
  static constexpr std::string_view kEscaped = "\"\\nrtbf";
  std::string result = "\"";
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    const char32_t code = next_code_point(text, i);
    const size_t special = code < 0x80 ? kSpecial.find(static_cast<char>(code)) : std::string_view::npos;
    if (special != std::string_view::npos) {
      result += '\\';
      result += kEscaped[special];
    } else if (code < 0x20 || (ascii && code >= 0x7F && code < 0x10000)) {
      result += fmt::format("\\u{:04x}", static_cast<uint32_t>(code));
    } else if (ascii && code >= 0x10000) {
      const auto rest = static_cast<uint32_t>(code) - 0x10000;
      result += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
    } else {
      result.append(text, begin, i - begin);
    }
  }
  return result + "\"";
}

class JsonWriter {
 public:
  explicit JsonWriter(const JsonStyle& style) : style_(style) {}

  std::string take() { return std::move(text_); }

  void write(const Value& value, int depth) {
    if (depth > 60) fail("the value is nested too deep for tojson");
    if (value.is_list()) {
      write_all('[', ']', value.list(), depth, [&](const Value& element) { write(element, depth + 1); });
    } else if (value.is_dict()) {
      Dict entries = value.dict();
      const auto before = [](const auto& a, const auto& b) { return compare(a.first, b.first) < 0; };
      if (style_.sorted) std::stable_sort(entries.begin(), entries.end(), before);
      write_all('{', '}', entries, depth, [&](const auto& entry) {
        text_ += json_string(entry.first.is_string() ? entry.first.text() : to_json(entry.first, style_), style_.ascii);
        text_ += style_.after_key;
        write(entry.second, depth + 1);
      });
    } else {
      text_ += scalar(value);
    }
  }

 private:
  std::string scalar(const Value& value) const {
    if (value.is_none()) return "null";
    if (value.is_bool()) return value.truth() ? "true" : "false";
    if (value.is_string()) return json_string(value.text(), style_.ascii);
    if (value.is_number()) return to_text(value);
    fail("{} cannot be written as JSON", value.kind());
  }

  template <typename All, typename Write>
  void write_all(char open, char close, const All& all, int depth, Write write_one) {
    const auto new_line = [&](int level) {
      if (style_.indent >= 0) text_ += "\n" + std::string(static_cast<size_t>(style_.indent * level), ' ');
    };
    text_ += open;
    bool first = true;
    for (const auto& one : all) {
      if (!first) text_ += style_.indent >= 0 && style_.between == ", " ? "," : style_.between;
      first = false;
      new_line(depth + 1);
      write_one(one);
    }
    if (!first) new_line(depth);
    text_ += close;
  }

  const JsonStyle& style_;
  std::string text_;
};

}  // namespace

std::string to_text(const Value& value) {
  if (value.is_string()) return value.text();
  if (value.is_undefined()) return {};
  return to_source(value);
}

std::string to_source(const Value& value) {
  if (value.is_none()) return "None";
  if (value.is_bool()) return value.truth() ? "True" : "False";
  if (value.is_int()) return std::to_string(value.integer());
  if (value.is_float()) return float_text(value.number());
  if (value.is_string()) return in_quotes(value.text());
  if (value.is_undefined()) return "Undefined";
  std::vector<std::string> parts;
  if (value.is_list()) {
    for (const Value& element : value.list()) parts.push_back(to_source(element));
    return "[" + join(parts, ", ") + "]";
  }
  if (!value.is_dict()) fail("{} cannot be printed", value.kind());
  for (const auto& [key, element] : value.dict()) parts.push_back(to_source(key) + ": " + to_source(element));
  return "{" + join(parts, ", ") + "}";
}

std::string to_json(const Value& value, const JsonStyle& style) {
  JsonWriter writer(style);
  writer.write(value, 0);
  return writer.take();
}

}  // namespace anemone::jinja

// SPDX-License-Identifier: Apache-2.0
#include <utf8proc.h>

#include "base/error.h"
#include "tokenizers/jinja/library.h"
#include "tokenizers/unicode.h"

namespace anemone::jinja {
namespace {

// What Python strips: white space and the separators below it.
bool is_python_space(char32_t code) { return is_white_space(code) || (code >= 0x1C && code <= 0x1F); }

bool is_stripped(char32_t code, const Value* characters) {
  if (characters == nullptr || characters->is_none()) return is_python_space(code);
  const std::string& set = characters->text();
  for (size_t i = 0; i < set.size();)
    if (next_code_point(set, i) == code) return true;
  return false;
}

void append_upper(std::string& text, char32_t code, bool title) {
  if (code == 0xDF) {  // the only letter of European texts whose upper case is two
    text += title ? "Ss" : "SS";
    return;
  }
  const auto value = static_cast<utf8proc_int32_t>(code);
  append_utf8(text, static_cast<char32_t>(title ? utf8proc_totitle(value) : utf8proc_toupper(value)));
}

bool is_cased(char32_t code) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(code));
  return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL || category == UTF8PROC_CATEGORY_LT;
}

}  // namespace

std::string strip(std::string_view text, bool left, bool right, const Value* characters) {
  size_t begin = 0;
  for (size_t i = 0; left && i < text.size() && is_stripped(next_code_point(text, i), characters);) begin = i;
  size_t end = text.size();
  for (size_t i = end; right && i > begin && is_stripped(previous_code_point(text, i), characters);) end = i;
  return std::string(text.substr(begin, end - begin));
}

std::string to_upper(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size();) append_upper(result, next_code_point(text, i), false);
  return result;
}

std::string capitalize(std::string_view text) {
  std::string result;
  size_t i = 0;
  if (!text.empty()) append_upper(result, next_code_point(text, i), true);
  return result + to_lower(text.substr(i));
}

std::string title(std::string_view text) {
  std::string result;
  bool inside = false;
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    const char32_t code = next_code_point(text, i);
    inside ? result.append(to_lower(text.substr(begin, i - begin))) : (append_upper(result, code, true), result);
    inside = is_cased(code);
  }
  return result;
}

std::string replace(std::string_view text, std::string_view from, std::string_view to, int64_t most) {
  std::string result;
  size_t begin = 0;
  const auto check = [&] {
    if (result.size() > kLargest) fail("replace makes a text of more than {} bytes", kLargest);
  };
  for (int64_t count = 0; most < 0 || count < most; ++count) {
    if (from.empty() && begin > text.size()) break;
    const size_t found = text.find(from, begin);
    if (found == std::string_view::npos) break;
    result.append(text.substr(begin, found - begin)).append(to);
    begin = found + from.size();
    check();
    if (!from.empty()) continue;
    if (begin == text.size()) return result;
    size_t next = begin;
    next_code_point(text, next);
    result.append(text.substr(begin, next - begin));
    begin = next;
  }
  return result.append(text.substr(std::min(begin, text.size())));
}

}  // namespace anemone::jinja

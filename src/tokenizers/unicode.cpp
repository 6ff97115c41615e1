// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace anemone {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

utf8proc_category_t category(char32_t code) { return utf8proc_category(static_cast<utf8proc_int32_t>(code)); }

bool in(char32_t code, char32_t first, char32_t last) { return code >= first && code <= last; }

// Length of the well-formed sequence at the start of `text`, or 0; `bad` is then the length of the ill-formed part.
size_t sequence_length(std::string_view text, size_t& bad) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  bad = 1;
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second byte's range keeps out overlong forms, surrogates and what lies above U+10FFFF.
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (size_t i = 1; i < length; ++i) {
    const bool fits = i < text.size() && byte(i) >= (i == 1 ? low : 0x80) && byte(i) <= (i == 1 ? high : 0xBF);
    if (!fits) return 0;
    bad = i + 1;
  }
  return length;
}

// Canonical order: marks between two starters by combining class, equal classes as they came.
void order_marks(std::vector<utf8proc_int32_t>& codes) {
  const auto combining = [](utf8proc_int32_t code) { return utf8proc_get_property(code)->combining_class; };
  for (size_t begin = 0; begin < codes.size(); ++begin) {
    if (combining(codes[begin]) == 0) continue;
    size_t end = begin + 1;
    while (end < codes.size() && combining(codes[end]) != 0) ++end;
    std::stable_sort(codes.begin() + static_cast<ptrdiff_t>(begin), codes.begin() + static_cast<ptrdiff_t>(end),
                     [&](auto a, auto b) { return combining(a) < combining(b); });
    begin = end;
  }
}

std::vector<utf8proc_int32_t> decompose(std::string_view text, bool compatibility) {
  const int options = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | (compatibility ? UTF8PROC_COMPAT : 0);
  std::vector<utf8proc_int32_t> codes;
  codes.reserve(text.size());
  utf8proc_int32_t parts[32];  // the longest decomposition has 18
  for (size_t i = 0; i < text.size();) {
    const auto code = static_cast<utf8proc_int32_t>(next_code_point(text, i));
    if (code < 0x80 || has_later_decomposition(static_cast<char32_t>(code))) {
      codes.push_back(code);
      continue;
    }
    int boundary = 0;
    const auto count = utf8proc_decompose_char(code, parts, 32, static_cast<utf8proc_option_t>(options), &boundary);
    CHECK(count >= 0 && count <= 32);
    codes.insert(codes.end(), parts, parts + count);
  }
  order_marks(codes);
  return codes;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    size_t bad = 0;
    const size_t length = sequence_length(text.substr(i), bad);
    if (length != 0) {
      result.append(text.substr(i, length));
    } else {
      append_utf8(result, kReplacement);
    }
    i += length != 0 ? length : bad;
  }
  return result;
}

size_t well_formed_length(std::string_view text) {
  size_t bad = 0;
  return text.empty() ? 0 : sequence_length(text, bad);
}

char32_t next_code_point(std::string_view text, size_t& position) {
  const auto byte = [&](size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
  const char32_t lead = byte(position);
  const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  CHECK(position + length <= text.size());
  char32_t code = length == 1 ? lead : lead & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) code = code << 6 | (byte(position + i) & 0x3FU);
  position += length;
  return code;
}

char32_t previous_code_point(std::string_view text, size_t& position) {
  CHECK(position > 0 && position <= text.size());
  do --position;
  while (position > 0 && (static_cast<unsigned char>(text[position]) & 0xC0) == 0x80);
  size_t start = position;
  return next_code_point(text, start);
}

void append_utf8(std::string& text, char32_t code) {
  utf8proc_uint8_t bytes[4];
  const auto length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code), bytes);
  text.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(length));
}

size_t count_code_points(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_white_space(char32_t code) {
  if (code < 0x80) return code == ' ' || in(code, 0x09, 0x0D);
  return code == 0x85 || code == 0xA0 || code == 0x1680 || in(code, 0x2000, 0x200A) || code == 0x2028 ||
         code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

bool is_other(char32_t code) {
  switch (category(code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
      return true;
    case UTF8PROC_CATEGORY_CF:
      return !is_later_format(code);
    default:
      return false;
  }
}

bool is_punctuation(char32_t code) {
  if (code < 0x80) return in(code, 33, 47) || in(code, 58, 64) || in(code, 91, 96) || in(code, 123, 126);
  if (code == 0x166D || code == 0x111C9) return true;  // they were P until Unicode 12 and 8
  const auto kind = category(code);
  return kind >= UTF8PROC_CATEGORY_PC && kind <= UTF8PROC_CATEGORY_PO && !is_later_punctuation(code);
}

bool is_number(char32_t code) {
  const auto kind = category(code);
  return kind >= UTF8PROC_CATEGORY_ND && kind <= UTF8PROC_CATEGORY_NO;
}

bool is_nonspacing_mark(char32_t code) {
  if (code == 0x1734) return true;  // Mc since Unicode 14
  return category(code) == UTF8PROC_CATEGORY_MN && !is_later_nonspacing(code);
}

bool is_mark(char32_t code) {
  if (code == 0x1CF2 || code == 0x1CF3) return true;  // Lo since Unicode 12
  const auto kind = category(code);
  return kind >= UTF8PROC_CATEGORY_MN && kind <= UTF8PROC_CATEGORY_ME && !is_later_mark(code);
}

bool is_word(char32_t code) {
  const auto kind = category(code);
  if (kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_NL) return true;  // L*, M*, Nd, Nl are neighbours
  if (kind == UTF8PROC_CATEGORY_PC || code == 0x200C || code == 0x200D) return true;
  return is_circled_letter(code);
}

bool is_circled_letter(char32_t code) {
  return in(code, 0x24B6, 0x24E9) || in(code, 0x1F130, 0x1F149) || in(code, 0x1F150, 0x1F169) ||
         in(code, 0x1F170, 0x1F189);
}

std::string to_lower(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const char32_t code = next_code_point(text, i);
    if (code < 0x80) {
      result += static_cast<char>(in(code, 'A', 'Z') ? code + 32 : code);
    } else if (code == 0x130) {
      result += "i\xCC\x87";  // the only character whose lower case is two
    } else {
      const auto lower = static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code)));
      append_utf8(result, lower != code ? lower : later_lower_case(code));
    }
  }
  return result;
}

std::string to_normal_form(std::string_view text, NormalForm form) {
  if (is_ascii(text)) return std::string(text);
  auto codes = decompose(text, form == NormalForm::kNfkc || form == NormalForm::kNfkd);
  if (form == NormalForm::kNfc || form == NormalForm::kNfkc) {
    const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    const auto count = utf8proc_normalize_utf32(codes.data(), static_cast<utf8proc_ssize_t>(codes.size()), options);
    CHECK(count >= 0);
    codes.resize(static_cast<size_t>(count));
  }
  std::string result;
  result.reserve(text.size());
  for (const auto code : codes) append_utf8(result, static_cast<char32_t>(code));
  return result;
}

}  // namespace anemone

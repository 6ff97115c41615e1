// SPDX-License-Identifier: Apache-2.0
#include <utf8proc.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "tokenizers/fields.h"
#include "tokenizers/regex/syntax.h"
#include "tokenizers/unicode.h"

namespace anemone::regex {
namespace {

constexpr uint64_t bits(int first, int last) { return (uint64_t{2} << last) - (uint64_t{1} << first); }

// General categories by the names that Unicode gives them, without spaces and in lower case.
constexpr std::pair<std::string_view, uint64_t> kCategories[] = {
    {"l", bits(UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LO)},
    {"letter", bits(UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LO)},
    {"lu", bits(UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LU)},
    {"ll", bits(UTF8PROC_CATEGORY_LL, UTF8PROC_CATEGORY_LL)},
    {"lt", bits(UTF8PROC_CATEGORY_LT, UTF8PROC_CATEGORY_LT)},
    {"lm", bits(UTF8PROC_CATEGORY_LM, UTF8PROC_CATEGORY_LM)},
    {"lo", bits(UTF8PROC_CATEGORY_LO, UTF8PROC_CATEGORY_LO)},
    {"m", bits(UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_ME)},
    {"mark", bits(UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_ME)},
    {"mn", bits(UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_MN)},
    {"mc", bits(UTF8PROC_CATEGORY_MC, UTF8PROC_CATEGORY_MC)},
    {"me", bits(UTF8PROC_CATEGORY_ME, UTF8PROC_CATEGORY_ME)},
    {"n", bits(UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NO)},
    {"number", bits(UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NO)},
    {"nd", bits(UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_ND)},
    {"digit", bits(UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_ND)},
    {"nl", bits(UTF8PROC_CATEGORY_NL, UTF8PROC_CATEGORY_NL)},
    {"no", bits(UTF8PROC_CATEGORY_NO, UTF8PROC_CATEGORY_NO)},
    {"p", bits(UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PO)},
    {"punctuation", bits(UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PO)},
    {"pc", bits(UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PC)},
    {"pd", bits(UTF8PROC_CATEGORY_PD, UTF8PROC_CATEGORY_PD)},
    {"ps", bits(UTF8PROC_CATEGORY_PS, UTF8PROC_CATEGORY_PS)},
    {"pe", bits(UTF8PROC_CATEGORY_PE, UTF8PROC_CATEGORY_PE)},
    {"pi", bits(UTF8PROC_CATEGORY_PI, UTF8PROC_CATEGORY_PI)},
    {"pf", bits(UTF8PROC_CATEGORY_PF, UTF8PROC_CATEGORY_PF)},
    {"po", bits(UTF8PROC_CATEGORY_PO, UTF8PROC_CATEGORY_PO)},
    {"s", bits(UTF8PROC_CATEGORY_SM, UTF8PROC_CATEGORY_SO)},
    {"symbol", bits(UTF8PROC_CATEGORY_SM, UTF8PROC_CATEGORY_SO)},
    {"sm", bits(UTF8PROC_CATEGORY_SM, UTF8PROC_CATEGORY_SM)},
    {"sc", bits(UTF8PROC_CATEGORY_SC, UTF8PROC_CATEGORY_SC)},
    {"sk", bits(UTF8PROC_CATEGORY_SK, UTF8PROC_CATEGORY_SK)},
    {"so", bits(UTF8PROC_CATEGORY_SO, UTF8PROC_CATEGORY_SO)},
    {"z", bits(UTF8PROC_CATEGORY_ZS, UTF8PROC_CATEGORY_ZP)},
    {"separator", bits(UTF8PROC_CATEGORY_ZS, UTF8PROC_CATEGORY_ZP)},
    {"zs", bits(UTF8PROC_CATEGORY_ZS, UTF8PROC_CATEGORY_ZS)},
    {"zl", bits(UTF8PROC_CATEGORY_ZL, UTF8PROC_CATEGORY_ZL)},
    {"zp", bits(UTF8PROC_CATEGORY_ZP, UTF8PROC_CATEGORY_ZP)},
    {"c", bits(UTF8PROC_CATEGORY_CN, UTF8PROC_CATEGORY_CN) | bits(UTF8PROC_CATEGORY_CC, UTF8PROC_CATEGORY_CO)},
    {"cc", bits(UTF8PROC_CATEGORY_CC, UTF8PROC_CATEGORY_CC)},
    {"cf", bits(UTF8PROC_CATEGORY_CF, UTF8PROC_CATEGORY_CF)},
    {"cn", bits(UTF8PROC_CATEGORY_CN, UTF8PROC_CATEGORY_CN)},
    {"co", bits(UTF8PROC_CATEGORY_CO, UTF8PROC_CATEGORY_CO)},
    {"cs", bits(UTF8PROC_CATEGORY_CS, UTF8PROC_CATEGORY_CS)},
    {"cntrl", bits(UTF8PROC_CATEGORY_CC, UTF8PROC_CATEGORY_CC)},
    {"upper", bits(UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LU)},
    {"lower", bits(UTF8PROC_CATEGORY_LL, UTF8PROC_CATEGORY_LL)},
    {"punct", bits(UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PO)},
};

bool is_hexadecimal(char32_t code) { return code < 0x80 && std::isxdigit(static_cast<int>(code)) != 0; }
bool is_any(char32_t) { return true; }
bool is_ascii_code(char32_t code) { return code < 0x80; }

constexpr std::pair<std::string_view, CharSet::Property> kProperties[] = {
    {"space", is_white_space}, {"whitespace", is_white_space}, {"word", is_word_of_regex}, {"xdigit", is_hexadecimal},
    {"any", is_any},           {"ascii", is_ascii_code},
};

// Case, spaces, hyphens and underscores mean nothing in a name.
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name)
    if (c != ' ' && c != '_' && c != '-') plain += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return plain;
}

}  // namespace

CharSet named_set(std::string_view name) {
  const std::string plain = plain_name(name);
  CharSet set;
  for (const auto& [known, mask] : kCategories)
    if (known == plain) return set.add_categories(mask), set;
  for (const auto& [known, property] : kProperties)
    if (known == plain) return set.add(property), set;
  fail("regular expression: the property {} is not supported", quote_name(name));
}

}  // namespace anemone::regex

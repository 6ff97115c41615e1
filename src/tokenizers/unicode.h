// SPDX-License-Identifier: Apache-2.0
// UTF-8 and Unicode properties as the reference tokenizers see them. Functions that take text expect valid UTF-8, which
// valid_utf8 makes of anything. All run in time linear in the text (n log n inside a run of combining marks).
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace anemone {

// `text` with U+FFFD for each maximal ill-formed part, as Unicode 3.9 recommends.
std::string valid_utf8(std::string_view text);

// Length of the well-formed character that `text` begins with, or 0.
size_t well_formed_length(std::string_view text);

// The code point at `position`, which moves past it.
char32_t next_code_point(std::string_view text, size_t& position);
// The code point that ends just before `position` > 0, which moves to its start.
char32_t previous_code_point(std::string_view text, size_t& position);
void append_utf8(std::string& text, char32_t code);
size_t count_code_points(std::string_view text);

bool is_ascii(std::string_view text);
bool is_white_space(char32_t code);      // property White_Space
bool is_other(char32_t code);            // Cc, Cf, Co, Cs; unassigned ones are not meant
bool is_punctuation(char32_t code);      // P*, and every ASCII symbol
bool is_number(char32_t code);           // N*
bool is_nonspacing_mark(char32_t code);  // Mn
bool is_mark(char32_t code);             // M*
// Circled and squared letters: symbols that are alphabetic.
bool is_circled_letter(char32_t code);
bool is_word(char32_t code);  // \w of regular expressions: alphabetic, mark, decimal digit, connector, joiner

// As the reference's regular expressions see characters (Unicode 16): the general category in utf8proc's numbers, \w,
// and what differs from a character in case only.
int general_category(char32_t code);
bool is_word_of_regex(char32_t code);
std::array<char32_t, 3> case_variants(char32_t code);

// Full lower-case mapping of each character by itself (no final sigma rule).
std::string to_lower(std::string_view text);

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkd };
std::string to_normal_form(std::string_view text, NormalForm form);

// Code points whose property is newer than the Unicode version of the reference, which does not know it.
bool is_later_format(char32_t code);
bool is_later_nonspacing(char32_t code);
bool is_later_mark(char32_t code);
bool is_later_punctuation(char32_t code);
bool has_later_decomposition(char32_t code);
// The other way round: the lower case of letters that the reference knows and a machine's utf8proc may not; otherwise
// `code`.
char32_t later_lower_case(char32_t code);

}  // namespace anemone

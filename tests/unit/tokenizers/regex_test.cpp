// SPDX-License-Identifier: Apache-2.0
// Regular expressions: matches by hand, following Oniguruma's documentation (Ruby syntax).
#include "tokenizers/regex/regex.h"

#include "tokenizer_files.h"

namespace anemone {
namespace {

// The matches, joined with |.
std::string matches(std::string_view pattern, std::string_view text) {
  std::string found;
  Regex(pattern).for_each_match(text, [&](size_t begin, size_t end) {
    if (!found.empty()) found += '|';
    found += text.substr(begin, end - begin);
  });
  return found;
}

std::string error_of(std::string_view pattern) {
  return testing::error_of([&] { Regex regex(pattern); });
}

TEST(Regex, LoopsAreGreedyLazyOrPossessive) {
  EXPECT_EQ(matches("a+", "aa b a"), "aa|a");
  EXPECT_EQ(matches("a+?", "aa"), "a|a");
  EXPECT_EQ(matches("a.*?c", "abcc abc"), "abc|abc");
  EXPECT_EQ(matches("a*+a", "aaa"), "");
  EXPECT_EQ(matches("a{2}", "aaaaa"), "aa|aa");
  EXPECT_EQ(matches("a{2,3}", "aaaaa"), "aaa|aa");
  EXPECT_EQ(matches("a{,2}b", "aaab"), "aab");
  EXPECT_EQ(matches("a{x}", "a{x}"), "a{x}");
  EXPECT_EQ(matches("(?:ab)+c|a", "ababca"), "ababc|a");
  EXPECT_EQ(matches("(?:ab){1,2}?", "abab"), "ab|ab");
  EXPECT_EQ(matches("(?:a|ab)++c", "abc"), "");
}

TEST(Regex, LooksAndAnchors) {
  EXPECT_EQ(matches(R"(\s+(?!\S)|\s)", "a   b"), "  | ");
  EXPECT_EQ(matches("a(?=b)", "ab ac"), "a");
  EXPECT_EQ(matches("(?<=b|cd)a", "ba cda a"), "a|a");
  EXPECT_EQ(matches("(?<!b)a", "ba ca"), "a");
  EXPECT_EQ(matches("(?<=a|ab)c", "abc"), "c");
  EXPECT_EQ(matches("(?>a|ab)c", "abc ac"), "ac");
  EXPECT_EQ(matches("^a$", "a\na"), "a|a");
  EXPECT_EQ(matches(R"(\Aa|a\z)", "aaa"), "a|a");
  EXPECT_EQ(matches(R"(\ba\b)", "a ab a"), "a|a");
}

TEST(Regex, Sets) {
  EXPECT_EQ(matches(R"([^\r\n\p{L}]+)", "a1 \n2b"), "1 |2");
  EXPECT_EQ(matches(R"([a-c&&[^b]]+)", "abc"), "a|c");
  EXPECT_EQ(matches(R"([a[bc]-]+)", "a-cb d"), "a-cb");
  EXPECT_EQ(matches(R"([[:digit:]x]+)", "1x2 y"), "1x2");
  EXPECT_EQ(matches(R"([]a]+)", "a]b"), "a]");
  EXPECT_EQ(matches(R"([\x41-\x{43}\u00e9]+)", "ABC\xC3\xA9"), "ABC\xC3\xA9");
  EXPECT_EQ(matches(R"(\p{^L}\P{N})", "1a"), "1a");
  EXPECT_EQ(matches(R"(\h+)", "fg1"), "f|1");
}

TEST(Regex, Case) {
  EXPECT_EQ(matches("(?i:'s|'LL)", "it'S 'll"), "'S|'ll");
  EXPECT_EQ(matches("(?i:'s)s", "'\xC5\xBFs 'sS"), "'\xC5\xBFs");  // the long s is an s
  EXPECT_EQ(matches("(?i)[a-b]+(?-i:c)", "ABc Abc abC"), "ABc|Abc");
  EXPECT_EQ(matches("a(?i)b|c", "aB aC C"), "aB|aC");  // the rest of the alternatives is in its scope
}

TEST(Regex, KnowsUnicode16) {
  EXPECT_EQ(matches(R"(\p{Lu})", "\xE1\xB2\x89"), "\xE1\xB2\x89");         // U+1C89, new in 16
  EXPECT_EQ(matches(R"(\p{L})", "\xF0\xB1\x8D\x90"), "\xF0\xB1\x8D\x90");  // U+31350
  EXPECT_EQ(matches(R"(\s)", "\xE1\xA0\x8E"), "");                         // U+180E is no space any more
}

TEST(Regex, EmptyMatchesDoNotTouchTheMatchBefore) {
  int count = 0;
  Regex("a*").for_each_match("baac", [&](size_t, size_t) { ++count; });
  EXPECT_EQ(count, 3);  // before b, aa, at the end
}

TEST(Regex, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(error_of("(a"), "regular expression: a ( without its ) at byte 2");
  EXPECT_EQ(error_of("a)"), "regular expression: an unexpected ) at byte 1");
  EXPECT_EQ(error_of("[a"), "regular expression: an unexpected end at byte 2");
  EXPECT_EQ(error_of("*a"), "regular expression: nothing to repeat at byte 0");
  EXPECT_EQ(error_of(R"((a)\1)"), "regular expression: an escape that is not supported at byte 5");
  EXPECT_EQ(error_of(R"(\p{Klingon})"), "regular expression: the property \"Klingon\" is not supported");
  EXPECT_EQ(error_of("(?:a?)*"), "the regular expression repeats what may match nothing: that is not supported");
  EXPECT_EQ(error_of("((((a{1000}){1000}){1000}){1000})"), "the regular expression is too large");
  EXPECT_NE(error_of(std::string(1000, '(')), "");
}

TEST(Regex, StopsWhenBacktrackingHasNoEnd) {
  const std::string text(40, 'a');
  EXPECT_NE(testing::error_of([&] { matches("(?:a|aa)+b", text + text); }), "");
}

}  // namespace
}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/unicode.h"

#include <gtest/gtest.h>

namespace anemone {
namespace {

TEST(Unicode, IllFormedPartsBecomeOneReplacementEach) {
  EXPECT_EQ(valid_utf8("a\xC3\xA9"), "a\xC3\xA9");
  EXPECT_EQ(valid_utf8("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(valid_utf8("a\xFFz"), "a\uFFFDz");
  EXPECT_EQ(valid_utf8("\xE2\x82z"), "\uFFFDz");                          // one maximal subpart
  EXPECT_EQ(valid_utf8("\xF0\x9F\x98"), "\uFFFD");                        // cut off at the end
  EXPECT_EQ(valid_utf8("\xC0\x80"), "\uFFFD\uFFFD");                      // overlong
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");            // a surrogate
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");  // above U+10FFFF
}

TEST(Unicode, CodePointsForwardsAndBackwards) {
  const std::string text = "a\u00E9\u4E2D\U0001F600";
  std::u32string forwards;
  for (size_t i = 0; i < text.size();) forwards += next_code_point(text, i);
  EXPECT_EQ(forwards, U"a\u00E9\u4E2D\U0001F600");
  std::u32string backwards;
  for (size_t i = text.size(); i > 0;) backwards += previous_code_point(text, i);
  EXPECT_EQ(std::u32string(backwards.rbegin(), backwards.rend()), forwards);
  EXPECT_EQ(count_code_points(text), 4u);
}

TEST(Unicode, NormalForms) {
  EXPECT_EQ(to_normal_form("e\u0301", NormalForm::kNfc), "\u00E9");
  EXPECT_EQ(to_normal_form("\u00E9", NormalForm::kNfd), "e\u0301");
  EXPECT_EQ(to_normal_form("\uFB01", NormalForm::kNfkc), "fi");
  EXPECT_EQ(to_normal_form("\uFB01", NormalForm::kNfc), "\uFB01");
  EXPECT_EQ(to_normal_form("q\u0307\u0323", NormalForm::kNfd), "q\u0323\u0307");  // canonical order
  EXPECT_EQ(to_normal_form("\uAC00", NormalForm::kNfd), "\u1100\u1161");
  EXPECT_EQ(to_normal_form("\u1100\u1161\u11A8", NormalForm::kNfc), "\uAC01");
  EXPECT_EQ(to_normal_form("\u212B", NormalForm::kNfc), "\u00C5");
}

TEST(Unicode, CategoriesAreTheReferences) {
  EXPECT_FALSE(is_other(0x0378));            // unassigned characters are kept
  EXPECT_TRUE(is_other(0x200B));             // format
  EXPECT_TRUE(is_other(0xE000));             // private use
  EXPECT_FALSE(is_nonspacing_mark(0x0898));  // assigned after the reference's Unicode
  EXPECT_TRUE(is_nonspacing_mark(0x0301));
  EXPECT_TRUE(is_punctuation('$'));  // an ASCII symbol
  EXPECT_FALSE(is_punctuation(0x20AC));
  EXPECT_FALSE(is_punctuation(0x2E52));  // assigned later
  EXPECT_TRUE(is_word(0x24B6));
  EXPECT_FALSE(is_word('-'));
  EXPECT_EQ(to_lower("\u0130I\u1E9E"), "i\u0307i\u00DF");
}

}  // namespace
}  // namespace anemone

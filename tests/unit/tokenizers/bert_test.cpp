// SPDX-License-Identifier: Apache-2.0
// bert-base-uncased on 500 strings and 40 arbitrary id lists, from tokenizer.json and from vocab.txt alone; and the
// tokenizer of the embedded classifier. Expected values are those of Hugging Face tokenizers.
#include <gtest/gtest.h>

#include "tokenizer_files.h"

namespace anemone {
namespace {

using testing::source_path;

Tokenizer from_vocabulary() {
  return Tokenizer::open(source_path("tests/data/tokenizers/bert-base-uncased/vocab.txt"));
}
Tokenizer from_json() { return testing::tokenizer_of(testing::bert_uncased_document()); }

TEST(BertTokenizer, MatchesReferenceFromTokenizerJson) {
  testing::expect_reference(from_json(), "bert-base-uncased", {101}, {102});
}
TEST(BertTokenizer, MatchesReferenceFromVocabulary) {
  testing::expect_reference(from_vocabulary(), "bert-base-uncased", {101}, {102});
}

TEST(BertTokenizer, PairHasTypesAndPadding) {
  EncodeOptions options;
  options.pair = "world";
  options.pad_to_length = 7;
  const Encoding encoding = from_vocabulary().encode("hello", options);
  EXPECT_EQ(encoding.ids, (std::vector<TokenId>{101, 7592, 102, 2088, 102, 0, 0}));
  EXPECT_EQ(encoding.type_ids, (std::vector<TokenId>{0, 0, 0, 1, 1, 0, 0}));
  EXPECT_EQ(encoding.attention_mask, (std::vector<int32_t>{1, 1, 1, 1, 1, 0, 0}));
}

TEST(BertTokenizer, DecodeSkipsSpecialTokensWhenAsked) {
  const Tokenizer tokenizer = from_json();
  const std::vector<TokenId> ids = {101, 7592, 2088, 102, 0};
  EXPECT_EQ(tokenizer.decode(ids, true), "hello world");
  EXPECT_EQ(tokenizer.decode(ids), "[CLS] hello world [SEP] [PAD]");
  EXPECT_EQ(tokenizer.decode(std::vector<TokenId>{7592, 30522, -1}), "hello");
}

TEST(BertTokenizer, IllFormedTextCountsAsReplacementCharacter) {
  const Tokenizer tokenizer = from_vocabulary();
  EXPECT_EQ(tokenizer.encode("hel\xFFlo\xE2\x82").ids, tokenizer.encode("hello").ids);  // BERT drops U+FFFD
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(tokenizer.encode(bytes).ids.front(), 101);
}

TEST(BertTokenizer, LongTextTakesLinearTime) {
  const Tokenizer tokenizer = from_vocabulary();
  std::string marks = "a";
  for (int i = 0; i < 200'000; ++i) marks += i % 2 ? "\xCC\xA3" : "\xCC\x81";  // each pair in the wrong order
  EXPECT_EQ(tokenizer.encode(marks).ids, (std::vector<TokenId>{101, 1037, 102}));
  const std::string letters(2'000'000, 'a');
  EXPECT_EQ(tokenizer.encode(letters).ids, (std::vector<TokenId>{101, 100, 102}));
}

TEST(TinySentiment, MatchesReference) {
  const Tokenizer tokenizer = Tokenizer::open(source_path("models/tiny-sentiment"));
  const Tokenizer same = Tokenizer::open(source_path("models/tiny-sentiment/vocab.txt"));
  EncodeOptions options;
  options.max_length = 128;
  const Json texts = read_json(source_path("models/tiny-sentiment/golden/texts.json"));
  ASSERT_EQ(texts.size(), 24u);
  for (const Json& row : texts) {
    const auto text = row.at("text").get<std::string>();
    const auto ids = row.at("ids").get<std::vector<TokenId>>();
    EXPECT_EQ(tokenizer.encode(text, options).ids, ids) << text;
    EXPECT_EQ(same.encode(text, options).ids, ids) << text;
    EXPECT_EQ(tokenizer.encode(text).ids.size(), row.at("tokens_before_truncation").get<size_t>()) << text;
  }
  EXPECT_EQ(tokenizer.model_max_length(), 128);
  EXPECT_EQ(tokenizer.special_id("mask_token"), 4);
  EXPECT_EQ(tokenizer.pad_id(), 0);
}

}  // namespace
}  // namespace anemone

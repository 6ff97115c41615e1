// SPDX-License-Identifier: Apache-2.0
// Broken and unsupported tokenizer files: each is refused in one line that says what is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tokenizer_files.h"

namespace anemone {
namespace {

using ::testing::HasSubstr;

Json small_document() {
  return parse_json(R"({"version": "1.0", "normalizer": null, "added_tokens": [{"id": 0, "content": "[UNK]"}],
                        "model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "a": 1}}})");
}

// The error for the small document with `value` at `pointer`.
std::string error_with(const char* pointer, const char* value) {
  Json document = small_document();
  document[Json::json_pointer(pointer)] = parse_json(value);
  const std::string error = testing::error_of([&] { testing::tokenizer_of(document); });
  EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  return error;
}

TEST(TokenizerErrors, SmallDocumentItselfIsFine) {
  EXPECT_EQ(testing::tokenizer_of(small_document()).encode("a").ids, std::vector<TokenId>{1});
}

TEST(TokenizerErrors, UnsupportedTypesAreNamed) {
  EXPECT_EQ(error_with("/normalizer", R"({"type": "Nonsense"})"), "normalizer type \"Nonsense\" is not supported");
  EXPECT_EQ(error_with("/pre_tokenizer", R"({"type": "Sequence", "pretokenizers": [{"type": "Nonsense"}]})"),
            "pre-tokenizer Sequence: pre-tokenizer type \"Nonsense\" is not supported");
  EXPECT_EQ(error_with("/post_processor", R"({"type": "X"})"), "post-processor type \"X\" is not supported");
  EXPECT_EQ(error_with("/decoder", R"({"type": "X"})"), "decoder type \"X\" is not supported");
  EXPECT_EQ(error_with("/model/type", R"("X")"), "model type \"X\" is not supported");
  EXPECT_THAT(error_with("/version", R"("2.0")"), HasSubstr("version \"2.0\""));
}

TEST(TokenizerErrors, WrongTypesAndValuesAreNamed) {
  EXPECT_THAT(error_with("/model", "[]"), HasSubstr("\"model\" is array"));
  EXPECT_THAT(error_with("/model/vocab", "[]"), HasSubstr("\"[UNK]\" is not in the vocabulary"));
  EXPECT_THAT(error_with("/model/vocab/a", "-1"), HasSubstr("\"a\" is -1"));
  EXPECT_THAT(error_with("/model/vocab/a", "2147483648"), HasSubstr("\"a\" is 2147483648"));
  EXPECT_THAT(error_with("/model/vocab/a", "18446744073709551615"), HasSubstr("18446744073709551615"));
  EXPECT_THAT(error_with("/model/vocab/a", "1.5"), HasSubstr("expected a whole number"));
  EXPECT_THAT(error_with("/model/max_input_chars_per_word", "-5"), HasSubstr("max_input_chars_per_word"));
  EXPECT_THAT(error_with("/model/unk_token", R"("[unk]")"), HasSubstr("\"[unk]\" is not in the vocabulary"));
  EXPECT_THAT(error_with("/added_tokens/0/id", "-7"), HasSubstr("added token \"[UNK]\": \"id\" is -7"));
  EXPECT_THAT(error_with("/added_tokens/0", "3"), HasSubstr("expected an object"));
  EXPECT_THAT(error_with("/added_tokens", R"("x")"), HasSubstr("\"added_tokens\" is string"));
  EXPECT_THAT(error_with("/normalizer", R"({"type": "BertNormalizer", "lowercase": 1})"), HasSubstr("\"lowercase\""));
  EXPECT_THAT(error_with("/normalizer", R"({"lowercase": true})"), HasSubstr("\"type\" is missing"));
  EXPECT_THAT(error_with("/normalizer", R"({"type": "Replace", "content": "", "pattern": {"Regex": "("}})"),
              HasSubstr("a ( without its )"));
  EXPECT_THAT(error_with("/normalizer", R"({"type": "Replace", "content": "", "pattern": {}})"),
              HasSubstr("\"String\" is missing"));
  EXPECT_THAT(error_with("/pre_tokenizer", R"({"type": "Punctuation", "behavior": "Sideways"})"),
              HasSubstr("Sideways"));
  EXPECT_THAT(error_with("/decoder", R"({"type": "Strip", "content": "ab"})"), HasSubstr("one character"));
  EXPECT_THAT(error_with("/truncation", R"({"direction": "Up"})"), HasSubstr("truncation: direction \"Up\""));
  EXPECT_THAT(error_with("/padding", R"({"pad_id": 0, "strategy": {"Fixed": -1}})"), HasSubstr("padding: \"Fixed\""));
}

TEST(TokenizerErrors, TemplatesAreChecked) {
  const auto single = [](const char* pieces) {
    const std::string text =
        std::string(R"({"type": "TemplateProcessing", "pair": [], "special_tokens": {}, "single": )");
    return error_with("/post_processor", (text + pieces + "}").c_str());
  };
  EXPECT_THAT(single(R"([{"SpecialToken": {"id": "[CLS]", "type_id": 0}}])"), HasSubstr("\"[CLS]\""));
  EXPECT_THAT(single(R"([{"Sequence": {"id": "C", "type_id": 0}}])"), HasSubstr("expected A or B"));
  EXPECT_THAT(single(R"([{"Sequence": {"id": "B", "type_id": 0}}])"), HasSubstr("uses sequence B"));
  EXPECT_THAT(error_with("/post_processor", R"({"type": "BertProcessing", "sep": ["[SEP]"], "cls": ["[CLS]", 1]})"),
              HasSubstr("\"sep\""));
}

TEST(TokenizerErrors, ChainedReplacementsCannotExhaustMemory) {
  std::string stages;
  for (int i = 0; i < 12; ++i) {
    if (i) stages += ",";
    stages += R"({"type": "Replace", "pattern": {"String": "a"}, "content": ")" + std::string(100, 'a') + "\"}";
  }
  Json document = small_document();
  document["normalizer"] = parse_json(R"({"type": "Sequence", "normalizers": [)" + stages + "]}");
  const Tokenizer tokenizer = testing::tokenizer_of(document);
  EXPECT_THAT(testing::error_of([&] { tokenizer.encode("a"); }), HasSubstr("Replace makes a text"));
}

TEST(TokenizerErrors, EveryTruncationOfAFileIsRefused) {
  const std::string text = small_document().dump();
  for (size_t length = 0; length < text.size(); ++length)
    EXPECT_NE(testing::error_of([&] { testing::tokenizer_of(parse_json(text.substr(0, length))); }), "") << length;
}

TEST(TokenizerErrors, MissingFilesAreNamed) {
  EXPECT_THAT(testing::error_of([] { Tokenizer::open("/no/such/place"); }), HasSubstr("/no/such/place: no such file"));
  const auto folder = testing::source_path("tests/unit");
  EXPECT_THAT(testing::error_of([&] { Tokenizer::open(folder); }),
              HasSubstr("expected tokenizer.json, vocab.json, vocab.txt, tokenizer.model"));
  EXPECT_THAT(testing::error_of([&] { Tokenizer::open(folder / "tokenizers/bert_test.cpp"); }),
              HasSubstr("not a tokenizer file"));
}

TEST(TokenizerErrors, TooFewTokensForTheSpecialOnes) {
  const Tokenizer tokenizer = Tokenizer::open(testing::source_path("models/tiny-sentiment"));
  EncodeOptions options;
  options.max_length = 1;
  EXPECT_THAT(testing::error_of([&] { tokenizer.encode("a", options); }), HasSubstr("1 tokens are too few"));
  options.max_length = 2;
  EXPECT_EQ(tokenizer.encode("a", options).ids, (std::vector<TokenId>{2, 3}));
  options.pad_to_length = int64_t{1} << 40;
  EXPECT_THAT(testing::error_of([&] { tokenizer.encode("a", options); }), HasSubstr("padding to"));
}

}  // namespace
}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Byte-pair encoding: GPT-2 on the reference's lines, and the options of the model on words small enough to follow.
#include "tokenizer_files.h"

namespace anemone {
namespace {

using testing::source_path;

Json bpe_document(const char* model) {
  Json document;
  document["model"] = parse_json(model);
  document["model"]["type"] = "BPE";
  return document;
}

std::vector<TokenId> ids_of(const Json& document, std::string_view text) {
  return testing::tokenizer_of(document).encode(text).ids;
}

TEST(Gpt2Tokenizer, MatchesReferenceFromVocabulary) {
  testing::expect_reference(Tokenizer::open(source_path("tests/data/tokenizers/gpt2")), "gpt2", {}, {});
}

TEST(Gpt2Tokenizer, IllFormedTextCountsAsReplacementCharacter) {
  const Tokenizer tokenizer = Tokenizer::open(source_path("tests/data/tokenizers/gpt2/vocab.json"));
  EXPECT_EQ(tokenizer.encode("a\xFF\x62").ids, tokenizer.encode("a\xEF\xBF\xBD\x62").ids);
}

TEST(BpeModel, TakesTheLowestRankAndTheLeftmostOfEquals) {
  const Json document = bpe_document(R"({"vocab": {"a": 0, "b": 1, "ab": 2, "aa": 3, "aab": 4},
                                         "merges": ["a a", "a b", ["aa", "b"]]})");
  EXPECT_EQ(ids_of(document, "aab"), (std::vector<TokenId>{4}));
  EXPECT_EQ(ids_of(document, "aaab"), (std::vector<TokenId>{3, 2}));
  EXPECT_EQ(ids_of(document, "ba"), (std::vector<TokenId>{1, 0}));
}

TEST(BpeModel, UnknownCharacters) {
  const char* model = R"({"vocab": {"a": 0, "?": 1, "<0xC3>": 2, "<0xA9>": 3}, "merges": [], "unk_token": "?"})";
  Json document = bpe_document(model);
  EXPECT_EQ(ids_of(document, "xyaz"), (std::vector<TokenId>{1, 1, 0, 1}));
  document["model"]["fuse_unk"] = true;
  EXPECT_EQ(ids_of(document, "xyaz"), (std::vector<TokenId>{1, 0, 1}));
  document["model"]["byte_fallback"] = true;
  EXPECT_EQ(ids_of(document, "a\xC3\xA9"), (std::vector<TokenId>{0, 2, 3}));
  EXPECT_EQ(ids_of(document, "x\xC3\xA9"), (std::vector<TokenId>{2, 3, 1}));  // the reference's order
  document["model"].erase("unk_token");
  EXPECT_EQ(ids_of(document, "xa"), (std::vector<TokenId>{0}));
}

TEST(BpeModel, MarksOfWordParts) {
  const Json document = bpe_document(R"({"vocab": {"a": 0, "##a": 1, "##a/": 2, "a##a": 3, "aa": 4, "aa/": 5, "a/": 6},
      "merges": [["a", "##a"], ["aa", "##a/"]], "continuing_subword_prefix": "##", "end_of_word_suffix": "/"})");
  EXPECT_EQ(testing::error_of([&] { ids_of(document, "a"); }), "model BPE: token \"aaa/\" is not in the vocabulary");
  Json fixed = document;
  fixed["model"]["vocab"]["aaa/"] = 7;
  EXPECT_EQ(ids_of(fixed, "a"), (std::vector<TokenId>{6}));
  EXPECT_EQ(ids_of(fixed, "aaa"), (std::vector<TokenId>{7}));
}

TEST(BpeModel, WholeWordsGoFirstWhenMergesAreIgnored) {
  Json document = bpe_document(R"({"vocab": {"a": 0, "b": 1, "ab": 2}, "merges": []})");
  EXPECT_EQ(ids_of(document, "ab"), (std::vector<TokenId>{0, 1}));
  document["model"]["ignore_merges"] = true;
  EXPECT_EQ(ids_of(document, "ab"), (std::vector<TokenId>{2}));
}

TEST(BpeModel, LongWordTakesLittleTime) {
  const Json document = bpe_document(R"({"vocab": {"a": 0, "aa": 1, "aaaa": 2}, "merges": ["a a", "aa aa"]})");
  EXPECT_EQ(ids_of(document, std::string(400'000, 'a')), std::vector<TokenId>(100'000, 2));
}

TEST(BpeModel, RefusesMergesThatAreNone) {
  const auto error = [](const char* merges) {
    return testing::error_of(
        [&] { ids_of(bpe_document((std::string(R"({"vocab": {"a": 0}, "merges": )") + merges + "}").c_str()), "a"); });
  };
  EXPECT_EQ(error(R"(["a"])"), "\"merges\": merge \"a\": expected two tokens");
  EXPECT_EQ(error(R"(["a b"])"), "model BPE: token \"b\" is not in the vocabulary");
  EXPECT_EQ(error(R"([["a"]])"), "\"merges\": parse error at byte 6: expected ,");
}

}  // namespace
}  // namespace anemone

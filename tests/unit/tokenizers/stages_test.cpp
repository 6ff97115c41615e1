// SPDX-License-Identifier: Apache-2.0
// Every stage by itself against the reference library: tests/data/tokenizers/stages.jsonl.
#include <gtest/gtest.h>

#include "tokenizer_files.h"

namespace anemone {
namespace {

using testing::source_path;

void expect_result(const Tokenizer& tokenizer, const Json& result) {
  EncodeOptions options;
  options.add_special_tokens = result.value("special", false);
  const auto text = result.at("text").get<std::string>();
  const Encoding encoding = tokenizer.encode(text, options);
  EXPECT_EQ(encoding.ids, result.at("ids").get<std::vector<TokenId>>()) << result;
  if (result.contains("decoded")) {
    EXPECT_EQ(tokenizer.decode(encoding.ids), result.at("decoded").get<std::string>()) << result;
    EXPECT_EQ(tokenizer.decode(encoding.ids, true), result.at("decoded_plain").get<std::string>()) << result;
  }
  if (!result.contains("pair")) return;
  EXPECT_EQ(encoding.type_ids, result.at("types").get<std::vector<TokenId>>()) << result;
  const auto pair = result.at("pair").get<std::string>();
  options.pair = pair;
  const Encoding both = tokenizer.encode(text, options);
  EXPECT_EQ(both.ids, result.at("pair_ids").get<std::vector<TokenId>>()) << result;
  EXPECT_EQ(both.type_ids, result.at("pair_types").get<std::vector<TokenId>>()) << result;
}

TEST(TokenizerStages, MatchReference) {
  const auto lines = testing::read_lines(source_path("tests/data/tokenizers/stages.jsonl"));
  ASSERT_GT(lines.size(), 50u);
  const Json vocab = testing::vocabulary_of(parse_json(lines[0]).at("vocab").get<std::vector<std::string>>());
  for (size_t i = 1; i < lines.size(); ++i) {
    const Json line = parse_json(lines[i]);
    Json document = line.at("document");
    SCOPED_TRACE(document.dump());
    document["model"] = {{"type", "WordPiece"}, {"vocab", vocab}};
    const Tokenizer tokenizer = testing::tokenizer_of(document);
    for (const Json& result : line.at("results")) expect_result(tokenizer, result);
  }
}

}  // namespace
}  // namespace anemone

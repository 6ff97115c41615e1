// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/stream_decoder.h"

#include "base/strings.h"
#include "tokenizer_files.h"

namespace anemone {
namespace {

TEST(StreamDecoder, GivesWholeCharactersAndInTheEndEverything) {
  for (const char* name : {"gpt2", "bert-base-uncased/vocab.txt", "spm-unigram-1k"}) {
    const Tokenizer tokenizer = Tokenizer::open(testing::source_path(std::string("tests/data/tokenizers/") + name));
    const std::string lines =
        std::string("tests/data/tokenizers/") + std::string(name).substr(0, std::string(name).find('/')) + ".jsonl";
    for (const std::string& line : testing::read_lines(testing::source_path(lines))) {
      const auto ids = parse_json(line).at("ids").get<std::vector<TokenId>>();
      StreamDecoder stream(tokenizer, false);
      std::string text;
      for (const TokenId id : ids) {
        const std::string part = stream.add(id);
        EXPECT_TRUE(is_valid_utf8(part)) << line;
        text += part;
      }
      text += stream.finish();
      EXPECT_EQ(text, tokenizer.decode(ids)) << name << line;
    }
  }
}

TEST(StreamDecoder, HoldsAnOpenCharacterBack) {
  const Tokenizer tokenizer = Tokenizer::open(testing::source_path("tests/data/tokenizers/gpt2"));
  const auto ids = tokenizer.encode("\U0001F98A!").ids;  // the fox is several tokens
  ASSERT_GT(ids.size(), 3u);
  StreamDecoder stream(tokenizer);
  std::vector<std::string> parts;
  for (const TokenId id : ids) parts.push_back(stream.add(id));
  EXPECT_EQ(parts.front(), "");
  EXPECT_EQ(parts[parts.size() - 2], "\U0001F98A");
  EXPECT_EQ(parts.back(), "!");
}

}  // namespace
}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// tiktoken files: GPT-2's tokens written as such a file give the ids of GPT-2.
#include "tokenizers/tiktoken.h"

#include <map>

#include "tokenizer_files.h"
#include "tokenizers/base64.h"
#include "tokenizers/byte_alphabet.h"

namespace anemone {
namespace {

std::string encode_base64(std::string_view bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : kLetters[group >> (18 - 6 * k) & 63];
  }
  return text;
}

TEST(Base64, ReadsWhatIsWellFormed) {
  for (const char* bytes : {"", "a", "ab", "abc", "\xFF\x01"}) EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes);
  EXPECT_EQ(decode_base64("YQ"), "a");
  EXPECT_EQ(decode_base64("Y"), std::nullopt);
  EXPECT_EQ(decode_base64("Y$=="), std::nullopt);
}

TEST(Tiktoken, MatchesReference) {
  std::map<int, std::string> tokens;
  const Json vocab = read_json(testing::source_path("tests/data/tokenizers/gpt2/vocab.json"));
  for (const auto& [token, id] : vocab.items())
    if (id < 50256) tokens[id.get<int>()] = letters_to_bytes(token).value();
  std::string file;
  for (const auto& [id, token] : tokens) file += encode_base64(token) + " " + std::to_string(id) + "\n";
  ASSERT_TRUE(looks_like_tiktoken(file));
  testing::expect_reference(Tokenizer(parts_from_tiktoken(file)), "gpt2", {}, {});
}

TEST(Tiktoken, MalformedFilesAreRefused) {
  const auto error = [](const char* text) { return testing::error_of([&] { parts_from_tiktoken(text); }); };
  EXPECT_EQ(error("YQ== 0\nYg== x\n"), "line 2: expected a token in base64 and its rank");
  EXPECT_EQ(error("= 0\nYg== 1\n"), "line 1: the token is empty");
  EXPECT_EQ(error("YQ== 0\n").rfind("a tiktoken file of 1 tokens: expected gpt2 (50256 tokens)", 0), 0u);
  EXPECT_FALSE(looks_like_tiktoken("\x0a\x05hello"));
}

}  // namespace
}  // namespace anemone

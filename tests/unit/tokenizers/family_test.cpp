// SPDX-License-Identifier: Apache-2.0
// Folders with a SentencePiece model and no tokenizer.json. What is expected was computed with transformers 5.23 from
// the same pieces.
#include "tokenizers/family.h"

#include "tokenizer_files.h"

namespace anemone {
namespace {

constexpr PieceType kNormal = PieceType::kNormal;

Tokenizer tokenizer_of(const std::string& name, SentencePieceFile pieces, Json config = Json::object()) {
  VocabularyFiles files;
  config["tokenizer_class"] = name;
  for (const char* role : {"bos_token", "eos_token"})
    if (config.contains(role)) files.config.special_tokens[role] = config[role];
  files.config.json = std::move(config);
  files.pieces = std::move(pieces);
  const TokenizerFamily* family = find_family("tokenizer.model", files.config, true);
  EXPECT_NE(family, nullptr) << name;
  return Tokenizer(family->make(std::move(files)));
}

SentencePieceFile unigram() {
  SentencePieceFile file;
  file.pieces = {{"<unk>", 0, PieceType::kUnknown},
                 {"<s>", 0, PieceType::kControl},
                 {"</s>", 0, PieceType::kControl},
                 {"\u2581", -2, kNormal},
                 {"a", -3, kNormal},
                 {"b", -3.5, kNormal},
                 {"<sep>", 0, PieceType::kUserDefined}};
  return file;
}

SentencePieceFile byte_pairs() {
  SentencePieceFile file;
  file.kind = SentencePieceKind::kBpe;
  file.byte_fallback = true;
  file.pieces = {{"<unk>", 0, PieceType::kUnknown},
                 {"<s>", 0, PieceType::kControl},
                 {"</s>", 0, PieceType::kControl},
                 {"<sep>", 0, PieceType::kUserDefined},
                 {"\u2581\u2581", 0, PieceType::kUserDefined},
                 {"\u2581\u2581\u2581", 0, PieceType::kUserDefined},
                 {"ab", 0, kNormal},
                 {"\u2581", -1, kNormal},
                 {"a", -2, kNormal},
                 {"b", -3, kNormal}};
  for (int byte = 0; byte < 256; ++byte) file.pieces.push_back({fmt::format("<0x{:02X}>", byte), 0, PieceType::kByte});
  return file;
}

using Ids = std::vector<TokenId>;

TEST(TokenizerFamily, FirstTokensOfAnotherLibraryShiftIds) {
  EXPECT_EQ(tokenizer_of("XLMRobertaTokenizer", unigram()).encode("a <mask>").ids, (Ids{0, 4, 5, 8, 2}));
  EXPECT_EQ(tokenizer_of("CamembertTokenizerFast", unigram()).encode("a <mask>").ids, (Ids{5, 7, 8, 11, 6}));
}

TEST(TokenizerFamily, SymbolsOfTheModelAreFoundInTexts) {
  const Json usual = {{"legacy", true}, {"add_bos_token", true}};
  EXPECT_EQ(tokenizer_of("LlamaTokenizer", byte_pairs(), usual).encode("ab<sep>b").ids, (Ids{1, 7, 6, 3, 7, 9}));
  const Json plain = {{"add_prefix_space", false}, {"add_bos_token", false}};
  EXPECT_EQ(tokenizer_of("LlamaTokenizer", byte_pairs(), plain).encode("ab<sep>b").ids, (Ids{6, 3, 9}));
  EXPECT_EQ(tokenizer_of("XLMRobertaTokenizer", unigram()).encode("a<sep>").ids, (Ids{0, 4, 5, 7, 2}));
}

TEST(TokenizerFamily, GemmaPutsNoSpaceBeforeATextAndTakesRunsOfSpacesInPairs) {
  const Json config = {{"bos_token", "<s>"}, {"eos_token", "</s>"}};
  const Tokenizer tokenizer = tokenizer_of("GemmaTokenizer", byte_pairs(), config);
  EXPECT_EQ(tokenizer.encode("a    b").ids, (Ids{1, 8, 4, 4, 9}));
  EXPECT_EQ(tokenizer.decode(Ids{8, 4, 4, 9}), "a    b");
}

}  // namespace
}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// tokenizer.model: SentencePiece's own test model on the lines that the library gives, and small models made here.
#include "tokenizers/sentencepiece/stages.h"

#include "tokenizer_files.h"

namespace anemone {
namespace {

SentencePieceFile small_file(SentencePieceKind kind) {
  SentencePieceFile file;
  file.kind = kind;
  file.pieces = {
      {"<unk>", 0, PieceType::kUnknown},  {"<s>", 0, PieceType::kControl},      {"</s>", 0, PieceType::kControl},
      {"\u2581", -2, PieceType::kNormal}, {"a", -3, PieceType::kNormal},        {"b", -3, PieceType::kNormal},
      {"ab", -4, PieceType::kNormal},     {"\u2581ab", -1, PieceType::kUnused}, {"<sep>", 0, PieceType::kUserDefined}};
  return file;
}

std::vector<TokenId> ids_of(const SentencePieceFile& file, std::string_view text) {
  return Tokenizer(sentencepiece_parts(file)).encode(text).ids;
}

TEST(SentencePiece, MatchesReference) {
  const auto path = testing::source_path("tests/data/tokenizers/spm-unigram-1k/tokenizer.model");
  testing::expect_reference(Tokenizer::open(path), "spm-unigram-1k", {}, {});
}

TEST(SentencePiece, UnusedPiecesAreNotGiven) {
  EXPECT_EQ(ids_of(small_file(SentencePieceKind::kUnigram), "ab"), (std::vector<TokenId>{3, 6}));
  EXPECT_EQ(ids_of(small_file(SentencePieceKind::kBpe), "ab"), (std::vector<TokenId>{3, 6}));
}

TEST(SentencePiece, SymbolsOfTheUserAreKeptAndControlSymbolsAreText) {
  for (const auto kind : {SentencePieceKind::kUnigram, SentencePieceKind::kBpe}) {
    EXPECT_EQ(ids_of(small_file(kind), "a<sep>b"), (std::vector<TokenId>{3, 4, 8, 5}));
    EXPECT_EQ(ids_of(small_file(kind), "<s>"), (std::vector<TokenId>{3, 0}));
  }
}

TEST(SentencePiece, SpacesAreAsTheSettingsSay) {
  SentencePieceFile file = small_file(SentencePieceKind::kUnigram);
  EXPECT_EQ(ids_of(file, "  a   b "), (std::vector<TokenId>{3, 4, 3, 5}));
  file.remove_extra_whitespaces = false;
  EXPECT_EQ(ids_of(file, " a  b"), (std::vector<TokenId>{3, 3, 4, 3, 3, 5}));
  file.add_dummy_prefix = false;
  EXPECT_EQ(ids_of(file, "a b"), (std::vector<TokenId>{4, 3, 5}));
  file.add_dummy_prefix = file.mark_after_word = true;
  EXPECT_EQ(ids_of(file, "a b"), (std::vector<TokenId>{4, 3, 5, 3}));
}

TEST(SentencePiece, BytesStandForWhatIsNotKnown) {
  SentencePieceFile file = small_file(SentencePieceKind::kBpe);
  file.byte_fallback = true;
  EXPECT_EQ(testing::error_of([&] { sentencepiece_parts(file); }),
            "byte fallback needs a piece for each of the 256 bytes");
  for (int byte = 0; byte < 256; ++byte) file.pieces.push_back({fmt::format("<0x{:02X}>", byte), 0, PieceType::kByte});
  EXPECT_EQ(ids_of(file, "\u00e9"), (std::vector<TokenId>{3, 9 + 0xC3, 9 + 0xA9}));
  const Tokenizer tokenizer(sentencepiece_parts(file));
  EXPECT_EQ(tokenizer.decode(std::vector<TokenId>{3, 9 + 0xC3, 9 + 0xA9, 9 + 0xC3}), "\u00e9\uFFFD");
}

TEST(SentencePiece, MalformedFilesAreRefused) {
  EXPECT_EQ(testing::error_of([] { parse_sentencepiece(""); }), "not a SentencePiece model: it has no pieces");
  EXPECT_EQ(testing::error_of([] { parse_sentencepiece("\x0a\x7f"); }),
            "not a whole protobuf message: it ends inside a field");
  EXPECT_EQ(testing::error_of([] { parse_sentencepiece("\x0b"); }), "not a protobuf message: a field of kind 3");
  EXPECT_EQ(testing::error_of([] {
              parse_sentencepiece(
                  "\x0a\x03\x0a\x01"
                  "a");
            }),
            "there are 0 unknown pieces: expected 1");
}

}  // namespace
}  // namespace anemone

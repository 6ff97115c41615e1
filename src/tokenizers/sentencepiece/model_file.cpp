// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/sentencepiece/model_file.h"

#include <cmath>

#include "base/strings.h"
#include "tokenizers/sentencepiece/wire_reader.h"

namespace anemone {
namespace {

SentencePiece read_piece(std::string_view message) {
  SentencePiece piece;
  for (WireReader reader(message); reader.next();) {
    if (reader.field() == 1) piece.text = reader.bytes();
    if (reader.field() == 2) piece.score = reader.real();
    if (reader.field() != 3) continue;
    if (reader.number() < 1 || reader.number() > 6) fail("a piece has the unknown type {}", reader.number());
    piece.type = static_cast<PieceType>(reader.number());
  }
  if (!is_valid_utf8(piece.text)) fail("piece {} is not UTF-8", quote_name(piece.text));
  if (piece.text.empty()) fail("a piece is empty");
  if (!std::isfinite(piece.score)) fail("the score of piece {} is not finite", quote_name(piece.text));
  return piece;
}

void read_trainer(std::string_view message, SentencePieceFile& file) {
  for (WireReader reader(message); reader.next();) {
    switch (reader.field()) {
      case 3:
        if (reader.number() < 1 || reader.number() > 4) fail("the model type {} is not known", reader.number());
        file.kind = static_cast<SentencePieceKind>(reader.number());
        break;
      case 24:
        file.mark_after_word = reader.flag();
        break;
      case 35:
        file.byte_fallback = reader.flag();
        break;
      case 44:
        file.unknown_surface = reader.bytes();
        break;
      default:
        break;
    }
  }
  if (!is_valid_utf8(file.unknown_surface)) fail("the text for unknown pieces is not UTF-8");
}

void read_normalizer(std::string_view message, SentencePieceFile& file) {
  for (WireReader reader(message); reader.next();) {
    switch (reader.field()) {
      case 2:
        file.charsmap = reader.bytes();
        break;
      case 3:
        file.add_dummy_prefix = reader.flag();
        break;
      case 4:
        file.remove_extra_whitespaces = reader.flag();
        break;
      case 5:
        file.escape_whitespaces = reader.flag();
        break;
      default:
        break;
    }
  }
}

void find_unknown(SentencePieceFile& file) {
  int count = 0;
  for (size_t i = 0; i < file.pieces.size(); ++i) {
    if (file.pieces[i].type != PieceType::kUnknown) continue;
    file.unknown = static_cast<TokenId>(i);
    ++count;
  }
  if (count != 1) fail("there are {} unknown pieces: expected 1", count);
}

}  // namespace

SentencePieceFile parse_sentencepiece(std::string_view message) {
  SentencePieceFile file;
  for (WireReader reader(message); reader.next();) {
    if (reader.field() == 1)
      with_context(fmt::format("piece {}", file.pieces.size()),
                   [&] { file.pieces.push_back(read_piece(reader.bytes())); });
    if (reader.field() == 2) with_context("trainer_spec", [&] { read_trainer(reader.bytes(), file); });
    if (reader.field() == 3) with_context("normalizer_spec", [&] { read_normalizer(reader.bytes(), file); });
  }
  if (file.pieces.empty()) fail("not a SentencePiece model: it has no pieces");
  find_unknown(file);
  return file;
}

}  // namespace anemone

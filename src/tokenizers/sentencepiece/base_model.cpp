// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/sentencepiece/base_model.h"

#include "tokenizers/byte_token.h"

namespace anemone {
namespace {

TokenList tokens_of(const SentencePieceFile& file) {
  TokenList tokens;
  for (const SentencePiece& piece : file.pieces)
    tokens.add(piece.text, static_cast<TokenId>(tokens.size()), static_cast<double>(piece.score));
  return tokens;
}

}  // namespace

SentencePieceModel::SentencePieceModel(const SentencePieceFile& file)
    : vocabulary_(tokens_of(file)), unknown_(file.unknown) {
  bytes_.fill(-1);
  for (const SentencePiece& piece : file.pieces) {
    const auto byte = piece.type == PieceType::kByte ? byte_of_token(piece.text) : std::nullopt;
    if (byte && file.byte_fallback) bytes_[static_cast<unsigned char>(*byte)] = static_cast<TokenId>(types_.size());
    types_.push_back(piece.type);
    scores_.push_back(piece.score);
  }
  if (file.byte_fallback && std::count(bytes_.begin(), bytes_.end(), -1) != 0)
    fail("byte fallback needs a piece for each of the 256 bytes");
}

void SentencePieceModel::add(std::string_view piece, TokenId id, bool& after_unknown, std::vector<TokenId>& ids) const {
  const bool is_unknown = id == unknown_;
  const bool joins = is_unknown && after_unknown;
  after_unknown = is_unknown;
  if (is_unknown && bytes_[0] >= 0) {
    for (const char byte : piece) ids.push_back(bytes_[static_cast<unsigned char>(byte)]);
  } else if (!joins) {
    ids.push_back(id);
  }
}

}  // namespace anemone

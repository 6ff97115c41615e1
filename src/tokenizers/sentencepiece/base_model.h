// SPDX-License-Identifier: Apache-2.0
// What SentencePiece's models share: the pieces, and how those that a text is cut into become ids.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "tokenizers/pipeline.h"
#include "tokenizers/sentencepiece/model_file.h"
#include "tokenizers/vocabulary.h"

namespace anemone {

class SentencePieceModel : public TokenizerModel {
 public:
  std::optional<TokenId> token_to_id(std::string_view token) const override { return vocabulary_.id_of(token); }
  std::optional<std::string_view> id_to_token(TokenId id) const override { return vocabulary_.token_of(id); }
  size_t size() const override { return vocabulary_.size(); }

 protected:
  explicit SentencePieceModel(const SentencePieceFile& file);

  // Appends the id of a piece; `after_unknown` tells whether the one before was unknown, as a run of them is one token.
  void add(std::string_view piece, TokenId id, bool& after_unknown, std::vector<TokenId>& ids) const;
  PieceType type_of(TokenId id) const { return types_[static_cast<size_t>(id)]; }
  float score_of(TokenId id) const { return scores_[static_cast<size_t>(id)]; }
  // Whether text can become this piece.
  bool is_searched(TokenId id) const {
    const PieceType type = type_of(id);
    return type == PieceType::kNormal || type == PieceType::kUserDefined || type == PieceType::kUnused;
  }
  TokenId unknown() const { return unknown_; }

 private:
  Vocabulary vocabulary_;
  std::vector<PieceType> types_;
  std::vector<float> scores_;
  TokenId unknown_;
  std::array<TokenId, 256> bytes_{};  // the piece of each byte; all -1 without byte fallback
};

}  // namespace anemone

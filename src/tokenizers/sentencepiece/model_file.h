// SPDX-License-Identifier: Apache-2.0
// SentencePiece's tokenizer.model: the pieces with their scores, and the settings that encoding needs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tokenizers/fields.h"

namespace anemone {

enum class PieceType { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6 };

struct SentencePiece {
  std::string text;
  float score = 0;
  PieceType type = PieceType::kNormal;
};

enum class SentencePieceKind { kUnigram = 1, kBpe = 2, kWord = 3, kCharacter = 4 };

struct SentencePieceFile {
  std::vector<SentencePiece> pieces;  // the place is the id
  SentencePieceKind kind = SentencePieceKind::kUnigram;
  bool byte_fallback = false;
  bool mark_after_word = false;              // the mark of a space follows the word
  std::string unknown_surface = " \u2047 ";  // what decoding shows for the unknown token
  std::string charsmap;
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;

  TokenId unknown = 0;  // the piece of that type
};

// How a space is written in pieces.
constexpr std::string_view kSpaceMark = "\u2581";

// Throws Error when the message is malformed, has no pieces or not exactly one unknown one.
SentencePieceFile parse_sentencepiece(std::string_view message);

}  // namespace anemone

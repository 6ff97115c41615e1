// SPDX-License-Identifier: Apache-2.0
// Cuts a piece at matches (of a character class, a string, a regular expression) in one of the five ways that
// tokenizer.json names. Empty parts are dropped.
#pragma once

#include <vector>

#include "tokenizers/pipeline.h"

namespace anemone {

enum class SplitBehavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

SplitBehavior parse_split_behavior(std::string_view name);

// A range of bytes that matched, or that lies between two matches.
struct SplitSpan {
  size_t begin = 0;
  size_t end = 0;
  bool match = false;
};

// `spans` cover the piece from its start to its end. Appends the parts to `parts`.
void split_spans(const Piece& piece, std::vector<SplitSpan> spans, SplitBehavior behavior, std::vector<Piece>& parts);

using CharacterClass = bool (*)(char32_t);

// Splits every piece where each single character of the class is one match.
std::vector<Piece> split_characters(const std::vector<Piece>& pieces, CharacterClass matches, SplitBehavior behavior);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Cuts a piece at matches (of a character class, a string, a regular expression) in one of the five ways that
// tokenizer.json names. Empty parts are dropped.
#pragma once

#include "tokenizers/pipeline.h"
#include "tokenizers/regex/regex.h"

namespace anemone {

enum class SplitBehavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

SplitBehavior parse_split_behavior(std::string_view name);

// Takes the ranges that matched and those between them, in order and without gaps, and hands on the parts.
class Splitter {
 public:
  Splitter(const Piece& piece, SplitBehavior behavior, const PieceSink& sink)
      : piece_(piece), behavior_(behavior), sink_(sink) {}

  void add(size_t end, bool match);  // from where the last range ended
  void finish();                     // after the last range

 private:
  bool joins(bool match) const;

  const Piece& piece_;
  SplitBehavior behavior_;
  const PieceSink& sink_;
  size_t begin_ = 0;  // of the part that may still grow
  size_t end_ = 0;
  bool last_match_ = false;
  bool open_ = false;
};

using CharacterClass = bool (*)(char32_t);

// Splits where each single character of the class is one match.
void split_characters(const Piece& piece, CharacterClass matches, SplitBehavior behavior, const PieceSink& sink);

// Splits at the matches of a regular expression, or, `inverted`, takes what lies between them for the matches.
void split_matches(const Piece& piece, const Regex& regex, SplitBehavior behavior, bool inverted,
                   const PieceSink& sink);

}  // namespace anemone

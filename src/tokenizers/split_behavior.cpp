// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/split_behavior.h"

#include "tokenizers/unicode.h"

namespace anemone {
SplitBehavior parse_split_behavior(std::string_view name) {
  if (name == "Removed") return SplitBehavior::kRemoved;
  if (name == "Isolated") return SplitBehavior::kIsolated;
  if (name == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (name == "Contiguous") return SplitBehavior::kContiguous;
  fail("split behavior {} is unknown", quote_name(name));
}

void Splitter::add(size_t end, bool match) {
  if (!open_ || !joins(match)) {
    finish();
    begin_ = end_;
    open_ = true;
  }
  end_ = end;
  last_match_ = match;
}

void Splitter::finish() {
  const bool wanted = open_ && !(behavior_ == SplitBehavior::kRemoved && last_match_);
  if (wanted && begin_ < end_) sink_({piece_.text.substr(begin_, end_ - begin_), piece_.at_start && begin_ == 0});
  open_ = false;
}

// Whether a range belongs to the part that the range before it is in.
bool Splitter::joins(bool match) const {
  switch (behavior_) {
    case SplitBehavior::kContiguous:
      return match == last_match_;
    case SplitBehavior::kMergedWithPrevious:
      return match && !last_match_;
    case SplitBehavior::kMergedWithNext:
      return last_match_ && !match;
    default:
      return false;
  }
}

void split_characters(const Piece& piece, CharacterClass matches, SplitBehavior behavior, const PieceSink& sink) {
  Splitter splitter(piece, behavior, sink);
  size_t gap = 0;  // where the last match ended
  for (size_t i = 0; i < piece.text.size();) {
    const size_t begin = i;
    if (!matches(next_code_point(piece.text, i))) continue;
    if (gap < begin) splitter.add(begin, false);
    splitter.add(i, true);
    gap = i;
  }
  if (gap < piece.text.size()) splitter.add(piece.text.size(), false);
  splitter.finish();
}

void split_matches(const Piece& piece, const Regex& regex, SplitBehavior behavior, bool inverted,
                   const PieceSink& sink) {
  Splitter splitter(piece, behavior, sink);
  size_t gap = 0;
  regex.for_each_match(piece.text, [&](size_t begin, size_t end) {
    if (gap < begin) splitter.add(begin, inverted);
    splitter.add(end, !inverted);
    gap = end;
  });
  if (gap < piece.text.size()) splitter.add(piece.text.size(), inverted);
  splitter.finish();
}

}  // namespace anemone

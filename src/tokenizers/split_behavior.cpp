// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/split_behavior.h"

#include <algorithm>

#include "tokenizers/unicode.h"

namespace anemone {
namespace {

// Joins each span with the one before it where `joins(previous, current)`.
template <typename Joins>
std::vector<SplitSpan> fold(const std::vector<SplitSpan>& spans, Joins joins) {
  std::vector<SplitSpan> folded;
  for (size_t i = 0; i < spans.size(); ++i) {
    if (i > 0 && joins(spans[i - 1], spans[i])) {
      folded.back().end = spans[i].end;
    } else {
      folded.push_back(spans[i]);
    }
  }
  return folded;
}

std::vector<SplitSpan> apply(std::vector<SplitSpan> spans, SplitBehavior behavior) {
  switch (behavior) {
    case SplitBehavior::kRemoved:
      std::erase_if(spans, [](const SplitSpan& span) { return span.match; });
      return spans;
    case SplitBehavior::kIsolated:
      return spans;
    case SplitBehavior::kContiguous:
      return fold(spans, [](const SplitSpan& a, const SplitSpan& b) { return a.match == b.match; });
    case SplitBehavior::kMergedWithPrevious:
      return fold(spans, [](const SplitSpan& a, const SplitSpan& b) { return b.match && !a.match; });
    case SplitBehavior::kMergedWithNext:
      return fold(spans, [](const SplitSpan& a, const SplitSpan& b) { return a.match && !b.match; });
  }
  return spans;
}

}  // namespace

SplitBehavior parse_split_behavior(std::string_view name) {
  if (name == "Removed") return SplitBehavior::kRemoved;
  if (name == "Isolated") return SplitBehavior::kIsolated;
  if (name == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (name == "Contiguous") return SplitBehavior::kContiguous;
  fail("split behavior {} is unknown", quote_name(name));
}

void split_spans(const Piece& piece, std::vector<SplitSpan> spans, SplitBehavior behavior, std::vector<Piece>& parts) {
  for (const SplitSpan& span : apply(std::move(spans), behavior)) {
    if (span.begin == span.end) continue;
    parts.push_back({piece.text.substr(span.begin, span.end - span.begin), piece.at_start && span.begin == 0});
  }
}

std::vector<Piece> split_characters(const std::vector<Piece>& pieces, CharacterClass matches, SplitBehavior behavior) {
  std::vector<Piece> parts;
  for (const Piece& piece : pieces) {
    std::vector<SplitSpan> spans;
    for (size_t i = 0; i < piece.text.size();) {
      const size_t begin = i;
      const bool match = matches(next_code_point(piece.text, i));
      if (!match && !spans.empty() && !spans.back().match) {
        spans.back().end = i;
      } else {
        spans.push_back({begin, i, match});
      }
    }
    split_spans(piece, std::move(spans), behavior, parts);
  }
  return parts;
}

}  // namespace anemone

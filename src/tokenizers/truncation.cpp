// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/truncation.h"

#include <algorithm>

namespace anemone {
namespace {

void cut(std::vector<TokenId>& ids, size_t length, bool left) {
  if (ids.size() <= length) return;
  const auto excess = static_cast<ptrdiff_t>(ids.size() - length);
  if (left) {
    ids.erase(ids.begin(), ids.begin() + excess);
  } else {
    ids.resize(length);
  }
}

void cut(TypedIds& part, size_t length, bool left) {
  cut(part.ids, length, left);
  cut(part.type_ids, length, left);
}

// The shorter sequence keeps all it can; when both are long, each gets half and the longer one the odd token.
void cut_longest(TypedIds& first, TypedIds& second, size_t max_length, bool left) {
  TypedIds& shorter = first.ids.size() > second.ids.size() ? second : first;
  TypedIds& longer = first.ids.size() > second.ids.size() ? first : second;
  size_t short_length = shorter.ids.size();
  size_t long_length = short_length > max_length ? short_length : std::max(short_length, max_length - short_length);
  if (short_length + long_length > max_length) {
    short_length = max_length / 2;
    long_length = max_length - short_length;
  }
  cut(shorter, short_length, left);
  cut(longer, long_length, left);
}

}  // namespace

void truncate(std::vector<TypedIds>& parts, size_t max_length, TruncationStrategy strategy, bool left) {
  CHECK(parts.size() == 1 || parts.size() == 2);
  size_t total = 0;
  for (const TypedIds& part : parts) total += part.ids.size();
  if (total <= max_length) return;
  if (max_length == 0) {
    for (TypedIds& part : parts) cut(part, 0, left);
  } else if (strategy == TruncationStrategy::kLongestFirst) {
    if (parts.size() == 1) return cut(parts[0], max_length, left);
    cut_longest(parts[0], parts[1], max_length, left);
  } else {
    const size_t target = strategy == TruncationStrategy::kOnlyFirst ? 0 : 1;
    if (target >= parts.size()) fail("truncation OnlySecond needs a second sequence");
    const size_t excess = total - max_length;
    if (parts[target].ids.size() <= excess)
      fail("truncation to {} tokens: the sequence to cut is too short", max_length);
    cut(parts[target], parts[target].ids.size() - excess, left);
  }
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/model_source.h"

namespace anemone {
namespace {

uint32_t checked_length(size_t length) {
  if (length > std::numeric_limits<uint32_t>::max()) fail("a token is longer than 4 GiB");
  return static_cast<uint32_t>(length);
}

}  // namespace

void TokenList::add(std::string_view text, TokenId id, double score) {
  entries_.push_back({texts_.size(), checked_length(text.size()), id, score});
  texts_ += text;
}

void MergeList::add(std::string_view left, std::string_view right, uint32_t rank) {
  entries_.push_back({texts_.size(), checked_length(left.size()), checked_length(left.size() + right.size()), rank});
  texts_ += left;
  texts_ += right;
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/vocabulary.h"

#include <algorithm>
#include <bit>

#include "tokenizers/byte_hash.h"

namespace anemone {
namespace {

constexpr uint32_t kNone = ~uint32_t{0};

}  // namespace

Vocabulary::Vocabulary(TokenList tokens) : tokens_(std::move(tokens)) {
  if (tokens_.size() >= kNone / 4) fail("the vocabulary has too many tokens");
  slots_.assign(std::bit_ceil(tokens_.size() * 2 + 2), kNone);
  by_id_.resize(tokens_.size());
  for (uint32_t i = 0; i < tokens_.size(); ++i) {
    uint32_t& found = slots_[slot(tokens_.text(i))];
    if (found == kNone) ++size_;
    found = i;
    by_id_[i] = i;
  }
  const auto by_id = [&](uint32_t a, uint32_t b) { return tokens_[a].id < tokens_[b].id; };
  if (!std::is_sorted(by_id_.begin(), by_id_.end(), by_id)) std::stable_sort(by_id_.begin(), by_id_.end(), by_id);
  const auto same = [&](uint32_t a, uint32_t b) { return tokens_[a].id == tokens_[b].id; };
  by_id_.erase(std::unique(by_id_.begin(), by_id_.end(), same), by_id_.end());
}

// The slot of the token, or the empty one where it belongs.
size_t Vocabulary::slot(std::string_view token) const {
  const size_t mask = slots_.size() - 1;
  size_t i = static_cast<size_t>(hash_bytes(token)) & mask;
  while (slots_[i] != kNone && tokens_.text(slots_[i]) != token) i = (i + 1) & mask;
  return i;
}

std::optional<size_t> Vocabulary::index_of(std::string_view token) const {
  const uint32_t found = slots_[slot(token)];
  if (found == kNone) return std::nullopt;
  return found;
}

std::optional<TokenId> Vocabulary::id_of(std::string_view token) const {
  const auto index = index_of(token);
  if (!index) return std::nullopt;
  return tokens_[*index].id;
}

std::optional<std::string_view> Vocabulary::token_of(TokenId id) const {
  // Most vocabularies have the ids 0, 1, 2 ..., where the id is the place.
  const auto place = static_cast<size_t>(id);
  if (id >= 0 && place < by_id_.size() && tokens_[by_id_[place]].id == id) return tokens_.text(by_id_[place]);
  const auto found = std::lower_bound(by_id_.begin(), by_id_.end(), id,
                                      [&](uint32_t index, TokenId wanted) { return tokens_[index].id < wanted; });
  if (found == by_id_.end() || tokens_[*found].id != id) return std::nullopt;
  return tokens_.text(*found);
}

}  // namespace anemone

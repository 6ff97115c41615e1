// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/vocabulary.h"

#include <algorithm>
#include <bit>

#include "tokenizers/byte_hash.h"

namespace anemone {
namespace {

constexpr uint32_t kNone = ~uint32_t{0};

uint32_t tag_of(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

}  // namespace

Vocabulary::Vocabulary(TokenList tokens) : tokens_(std::move(tokens)) {
  if (tokens_.size() >= kNone / 4) fail("the vocabulary has too many tokens");
  slots_.assign(std::bit_ceil(tokens_.size() * 2 + 2), {kNone, 0});
  by_id_.resize(tokens_.size());
  for (uint32_t i = 0; i < tokens_.size(); ++i) {
    const uint64_t hash = hash_bytes(tokens_.text(i));
    Slot& found = slots_[slot(tokens_.text(i), hash)];
    if (found.index == kNone) ++size_;
    found = {i, tag_of(hash)};
    by_id_[i] = i;
  }
  const auto by_id = [&](uint32_t a, uint32_t b) { return tokens_[a].id < tokens_[b].id; };
  if (!std::is_sorted(by_id_.begin(), by_id_.end(), by_id)) std::stable_sort(by_id_.begin(), by_id_.end(), by_id);
  const auto same = [&](uint32_t a, uint32_t b) { return tokens_[a].id == tokens_[b].id; };
  by_id_.erase(std::unique(by_id_.begin(), by_id_.end(), same), by_id_.end());
}

// The slot of the token, or the empty one where it belongs.
size_t Vocabulary::slot(std::string_view token, uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  const uint32_t tag = tag_of(hash);
  const auto is_other = [&](const Slot& slot) {
    return slot.index != kNone && (slot.tag != tag || tokens_.text(slot.index) != token);
  };
  size_t i = static_cast<size_t>(hash) & mask;
  while (is_other(slots_[i])) i = (i + 1) & mask;
  return i;
}

std::optional<size_t> Vocabulary::index_of(std::string_view token) const {
  const uint32_t found = slots_[slot(token, hash_bytes(token))].index;
  if (found == kNone) return std::nullopt;
  return found;
}

void Vocabulary::prefetch(std::string_view token) const {
  __builtin_prefetch(&slots_[static_cast<size_t>(hash_bytes(token)) & (slots_.size() - 1)]);
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

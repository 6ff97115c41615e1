// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/word_cache.h"

#include <algorithm>
#include <cstring>

#include "tokenizers/byte_hash.h"

namespace anemone {

void WordCache::encode(std::string_view piece, const TokenizerModel& model, std::vector<TokenId>& ids) {
  if (piece.empty() || piece.size() > kLongestPiece) return model.encode(piece, ids);
  Entry& entry = entries_[static_cast<size_t>(hash_bytes(piece)) % kEntries];
  if (entry.length == piece.size() && std::memcmp(entry.piece.data(), piece.data(), piece.size()) == 0) {
    ids.insert(ids.end(), entry.ids.begin(), entry.ids.begin() + entry.count);
    return;
  }
  const size_t begin = ids.size();
  model.encode(piece, ids);
  const size_t count = ids.size() - begin;
  if (count > kMostIds) return;
  entry.length = static_cast<uint8_t>(piece.size());
  entry.count = static_cast<uint8_t>(count);
  std::memcpy(entry.piece.data(), piece.data(), piece.size());
  std::copy(ids.begin() + static_cast<ptrdiff_t>(begin), ids.end(), entry.ids.begin());
}

std::unique_ptr<WordCache> WordCachePool::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<WordCache>();
  std::unique_ptr<WordCache> cache = std::move(idle_.back());
  idle_.pop_back();
  return cache;
}

void WordCachePool::give_back(std::unique_ptr<WordCache> cache) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(cache));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Remembers the ids of short pieces, as texts repeat their words. A cache has a fixed size and belongs to one thread at
// a time; the pool hands them out, so that a tokenizer can be shared.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <vector>

#include "tokenizers/pipeline.h"

namespace anemone {

class WordCache {
 public:
  // Appends the ids of `piece`, which `model` makes unless they are known.
  void encode(std::string_view piece, const TokenizerModel& model, std::vector<TokenId>& ids);

 private:
  static constexpr size_t kEntries = 1 << 14;
  static constexpr size_t kLongestPiece = 62;
  static constexpr size_t kMostIds = 16;

  struct Entry {
    uint8_t length = 0;  // of the piece; 0: free
    uint8_t count = 0;   // of ids
    std::array<char, kLongestPiece> piece;
    std::array<TokenId, kMostIds> ids;
  };

  std::vector<Entry> entries_ = std::vector<Entry>(kEntries);
};

class WordCachePool {
 public:
  class Lease {
   public:
    explicit Lease(WordCachePool& pool) : pool_(pool), cache_(pool.take()) {}
    ~Lease() { pool_.give_back(std::move(cache_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    WordCache& operator*() const { return *cache_; }

   private:
    WordCachePool& pool_;
    std::unique_ptr<WordCache> cache_;
  };

 private:
  std::unique_ptr<WordCache> take();
  void give_back(std::unique_ptr<WordCache> cache);

  std::mutex mutex_;
  std::vector<std::unique_ptr<WordCache>> idle_;
};

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Tokens and their ids, both ways. Ids are 0 to 2^31-1 and need not be dense. Look-ups touch flat tables only.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "tokenizers/model_source.h"

namespace anemone {

class Vocabulary {
 public:
  // Where a text stands twice, its last id counts; where an id does, its first text.
  explicit Vocabulary(TokenList tokens = {});

  std::optional<TokenId> id_of(std::string_view token) const;
  std::optional<std::string_view> token_of(TokenId id) const;
  size_t size() const { return size_; }  // different texts
  // As the constructor got them.
  const TokenList& tokens() const { return tokens_; }
  // The entry that id_of finds.
  std::optional<size_t> index_of(std::string_view token) const;
  // Lets the machine fetch what a look-up of this token will read.
  void prefetch(std::string_view token) const;

 private:
  struct Slot {
    uint32_t index;  // into tokens_
    uint32_t tag;    // the upper half of the hash, so that other tokens are told apart without reading their texts
  };

  size_t slot(std::string_view token, uint64_t hash) const;

  TokenList tokens_;
  std::vector<Slot> slots_;      // by hash; open addressing, the size is a power of two
  std::vector<uint32_t> by_id_;  // indices into tokens_, in order of ids, one for each id
  size_t size_ = 0;
};

}  // namespace anemone

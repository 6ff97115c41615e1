// SPDX-License-Identifier: Apache-2.0
// What a tokenizer's model is made of: its options, and its lists of tokens and merges. Lists may have 10^5 entries, so
// their texts lie one after the other in one string.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizers/fields.h"

namespace anemone {

class TokenList {
 public:
  struct Entry {
    size_t offset;
    uint32_t length;
    TokenId id;
    double score;  // of Unigram pieces
  };

  void add(std::string_view text, TokenId id, double score = 0);
  size_t size() const { return entries_.size(); }
  const Entry& operator[](size_t i) const { return entries_[i]; }
  std::string_view text(size_t i) const { return {texts_.data() + entries_[i].offset, entries_[i].length}; }

 private:
  std::string texts_;
  std::vector<Entry> entries_;
};

// Pairs of tokens with their ranks; lower ranks merge first.
class MergeList {
 public:
  void add(std::string_view left, std::string_view right, uint32_t rank);
  size_t size() const { return entries_.size(); }
  uint32_t rank(size_t i) const { return entries_[i].rank; }
  std::string_view left(size_t i) const { return {texts_.data() + entries_[i].offset, entries_[i].left}; }
  std::string_view right(size_t i) const { return both(i).substr(entries_[i].left); }
  // The texts of both, joined.
  std::string_view both(size_t i) const { return {texts_.data() + entries_[i].offset, entries_[i].length}; }

 private:
  struct Entry {
    size_t offset;
    uint32_t left;
    uint32_t length;
    uint32_t rank;
  };

  std::string texts_;
  std::vector<Entry> entries_;
};

struct ModelSource {
  const Json* options = nullptr;  // only until the model is made
  TokenList tokens;
  std::optional<MergeList> merges;
};

}  // namespace anemone

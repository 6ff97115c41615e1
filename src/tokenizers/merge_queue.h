// SPDX-License-Identifier: Apache-2.0
// Byte-pair encoding of one word: merges neighbours, the lowest rank first and the leftmost of equals, until none is
// left. Time is n log n in the length of the word.
#pragma once

#include <vector>

#include "tokenizers/merge_table.h"

namespace anemone {

class MergeQueue {
 public:
  explicit MergeQueue(const MergeTable& merges) : merges_(merges) {}

  void add(TokenId token);
  // Merges what was added and appends the result to `ids`.
  void finish(std::vector<TokenId>& ids);

 private:
  // Tokens form a doubly linked list, in which a merged pair becomes its left half.
  struct Symbol {
    TokenId token;
    int32_t previous;
    int32_t next;  // -1 after the last, kGone when the symbol was merged into another
  };
  struct Candidate {
    uint32_t rank;
    int32_t position;
    TokenId result;
  };
  static constexpr int32_t kGone = -2;

  void consider(int32_t position);
  void merge(const Candidate& candidate);

  const MergeTable& merges_;
  std::vector<Symbol> symbols_;
  std::vector<Candidate> heap_;
};

}  // namespace anemone

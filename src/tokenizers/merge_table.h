// SPDX-License-Identifier: Apache-2.0
// The merges of byte-pair encoding: which two neighbouring tokens become which one, and in what order. One flat hash
// table, so that a look-up is one cache line.
#pragma once

#include <cstdint>
#include <vector>

#include "tokenizers/fields.h"

namespace anemone {

struct Merge {
  uint32_t rank = 0;  // lower ranks go first
  TokenId result = -1;
};

class MergeTable {
 public:
  explicit MergeTable(size_t count);
  // A pair that is there already gets the new rank. At most as many pairs as announced.
  void add(TokenId left, TokenId right, Merge merge);
  // Null when the two do not merge.
  const Merge* find(TokenId left, TokenId right) const;

 private:
  struct Slot {
    uint64_t key = kNone;
    Merge merge;
  };
  static constexpr uint64_t kNone = ~uint64_t{0};

  size_t slot(uint64_t key) const;

  std::vector<Slot> slots_;  // open addressing; the size is a power of two
  int shift_;
};

}  // namespace anemone

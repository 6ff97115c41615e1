// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/merge_table.h"

#include <bit>

namespace anemone {
namespace {

uint64_t key_of(TokenId left, TokenId right) {
  return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
}

}  // namespace

MergeTable::MergeTable(size_t count)
    : slots_(std::bit_ceil(count + count / 2 + 2)), shift_(64 - std::countr_zero(slots_.size())) {}

// The slot that holds `key`, or the empty one where it belongs. Fibonacci hashing: the high bits depend on all of it.
size_t MergeTable::slot(uint64_t key) const {
  const size_t mask = slots_.size() - 1;
  size_t i = static_cast<size_t>((key ^ key >> 29) * 0x9E3779B97F4A7C15U >> shift_);
  while (slots_[i].key != key && slots_[i].key != kNone) i = (i + 1) & mask;
  return i;
}

void MergeTable::add(TokenId left, TokenId right, Merge merge) {
  const uint64_t key = key_of(left, right);
  slots_[slot(key)] = {key, merge};
}

const Merge* MergeTable::find(TokenId left, TokenId right) const {
  const Slot& found = slots_[slot(key_of(left, right))];
  return found.key == kNone ? nullptr : &found.merge;
}

}  // namespace anemone

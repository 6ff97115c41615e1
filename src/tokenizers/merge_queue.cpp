// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/merge_queue.h"

#include <algorithm>

namespace anemone {
namespace {

// For the heap, whose top is the largest.
constexpr auto goes_later = [](const auto& a, const auto& b) {
  return a.rank != b.rank ? a.rank > b.rank : a.position > b.position;
};

}  // namespace

void MergeQueue::add(TokenId token) {
  const auto position = static_cast<int32_t>(symbols_.size());
  if (position > 0) symbols_.back().next = position;
  symbols_.push_back({token, position - 1, -1});
}

void MergeQueue::finish(std::vector<TokenId>& ids) {
  for (int32_t i = 0; i + 1 < static_cast<int32_t>(symbols_.size()); ++i) consider(i);
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), goes_later);
    const Candidate candidate = heap_.back();
    heap_.pop_back();
    merge(candidate);
  }
  for (int32_t i = symbols_.empty() ? -1 : 0; i >= 0; i = symbols_[static_cast<size_t>(i)].next)
    ids.push_back(symbols_[static_cast<size_t>(i)].token);
  symbols_.clear();
}

// Queues the merge of a symbol with the next, if there is one.
void MergeQueue::consider(int32_t position) {
  const Symbol& left = symbols_[static_cast<size_t>(position)];
  const Merge* found = merges_.find(left.token, symbols_[static_cast<size_t>(left.next)].token);
  if (found == nullptr) return;
  heap_.push_back({found->rank, position, found->result});
  std::push_heap(heap_.begin(), heap_.end(), goes_later);
}

void MergeQueue::merge(const Candidate& candidate) {
  Symbol& left = symbols_[static_cast<size_t>(candidate.position)];
  if (left.next < 0) return;
  Symbol& right = symbols_[static_cast<size_t>(left.next)];
  // The pair may have changed since it was queued.
  const Merge* found = merges_.find(left.token, right.token);
  if (found == nullptr || found->result != candidate.result) return;
  left.token = candidate.result;
  left.next = right.next;
  right.next = kGone;
  if (left.next >= 0) {
    symbols_[static_cast<size_t>(left.next)].previous = candidate.position;
    consider(candidate.position);
  }
  if (left.previous >= 0) consider(left.previous);
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// A set of byte strings with a number each, for longest-prefix matching in time linear in the match. One flat hash
// table holds all edges, so a step is one lookup and memory is proportional to the bytes inserted.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace anemone {

class Trie {
 public:
  using Node = uint32_t;
  static constexpr Node kRoot = 0;

  struct Match {
    size_t length = 0;
    int32_t value = 0;
  };

  Trie();
  // `value` >= 0; a second insertion of the same key replaces the first.
  void insert(std::string_view key, int32_t value);
  // Where walking `key` from the root ends.
  std::optional<Node> find(std::string_view key) const;
  // Calls visit(length, value) for each key that `text` begins with, the shortest first.
  template <typename Visit>
  void for_each_prefix(std::string_view text, Visit visit) const {
    Node node = kRoot;
    for (size_t i = 0; i < text.size(); ++i) {
      const Edge& edge = edges_[slot(edge_key(node, text[i]))];
      if (edge.key == kNone) return;
      node = edge.target;
      if (values_[node] >= 0) visit(i + 1, values_[node]);
    }
  }
  // The longest non-empty prefix of `text` that, walked from `start`, spells a key.
  std::optional<Match> longest_prefix(std::string_view text, Node start = kRoot) const;

 private:
  struct Edge {
    uint64_t key = kNone;  // node and byte
    Node target = 0;
  };
  static constexpr uint64_t kNone = ~uint64_t{0};

  static uint64_t edge_key(Node node, char byte) {
    return static_cast<uint64_t>(node) << 8 | static_cast<unsigned char>(byte);
  }
  // The slot that holds `key`, or the empty one where it belongs.
  size_t slot(uint64_t key) const {
    const size_t mask = edges_.size() - 1;
    uint64_t hash = key * 0x9E3779B97F4A7C15U;  // Fibonacci hashing: the high bits depend on all of the key
    hash ^= hash >> 32;
    size_t i = static_cast<size_t>(hash) & mask;
    while (edges_[i].key != key && edges_[i].key != kNone) i = (i + 1) & mask;
    return i;
  }
  std::optional<Node> step(Node node, char byte) const;
  Node add_step(Node node, char byte);
  void grow();

  std::vector<Edge> edges_;  // open addressing; the size is a power of two
  size_t used_ = 0;
  std::vector<int32_t> values_;  // of each node; -1 where no key ends
};

}  // namespace anemone

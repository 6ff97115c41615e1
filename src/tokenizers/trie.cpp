// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/trie.h"

#include <limits>

#include "base/error.h"

namespace anemone {
namespace {

uint64_t edge_key(Trie::Node node, char byte) {
  return static_cast<uint64_t>(node) << 8 | static_cast<unsigned char>(byte);
}

}  // namespace

Trie::Trie() : edges_(64), values_{-1} {}

void Trie::insert(std::string_view key, int32_t value) {
  CHECK(value >= 0);
  Node node = kRoot;
  for (const char byte : key) node = add_step(node, byte);
  values_[node] = value;
}

std::optional<Trie::Node> Trie::find(std::string_view key) const {
  std::optional<Node> node = kRoot;
  for (const char byte : key)
    if (node = step(*node, byte); !node) return std::nullopt;
  return node;
}

std::optional<Trie::Match> Trie::longest_prefix(std::string_view text, Node start) const {
  std::optional<Match> best;
  Node node = start;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto next = step(node, text[i]);
    if (!next) break;
    node = *next;
    if (values_[node] >= 0) best = Match{i + 1, values_[node]};
  }
  return best;
}

// The slot that holds `key`, or the empty one where it belongs.
size_t Trie::slot(uint64_t key) const {
  const size_t mask = edges_.size() - 1;
  uint64_t hash = key * 0x9E3779B97F4A7C15U;  // Fibonacci hashing: the high bits depend on all of the key
  hash ^= hash >> 32;
  size_t i = static_cast<size_t>(hash) & mask;
  while (edges_[i].key != key && edges_[i].key != kNone) i = (i + 1) & mask;
  return i;
}

std::optional<Trie::Node> Trie::step(Node node, char byte) const {
  const Edge& edge = edges_[slot(edge_key(node, byte))];
  if (edge.key == kNone) return std::nullopt;
  return edge.target;
}

Trie::Node Trie::add_step(Node node, char byte) {
  if ((used_ + 1) * 2 > edges_.size()) grow();
  Edge& edge = edges_[slot(edge_key(node, byte))];
  if (edge.key != kNone) return edge.target;
  CHECK(values_.size() < std::numeric_limits<Node>::max());
  edge = {edge_key(node, byte), static_cast<Node>(values_.size())};
  values_.push_back(-1);
  ++used_;
  return edge.target;
}

void Trie::grow() {
  std::vector<Edge> old(edges_.size() * 2);
  old.swap(edges_);
  for (const Edge& edge : old)
    if (edge.key != kNone) edges_[slot(edge.key)] = edge;
}

}  // namespace anemone

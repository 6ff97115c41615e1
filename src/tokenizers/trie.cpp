// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/trie.h"

#include <limits>

#include "base/error.h"

namespace anemone {
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

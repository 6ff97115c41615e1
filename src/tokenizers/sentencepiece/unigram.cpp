// SPDX-License-Identifier: Apache-2.0
// Unigram with SentencePiece's own arithmetic: sums are kept in float, so that long texts fall the same way.
#include <limits>

#include "tokenizers/sentencepiece/base_model.h"
#include "tokenizers/sentencepiece/stages.h"
#include "tokenizers/trie.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

constexpr float kUnknownPenalty = 10;

class SentencePieceUnigram : public SentencePieceModel {
 public:
  explicit SentencePieceUnigram(const SentencePieceFile& file) : SentencePieceModel(file) {
    float lowest = std::numeric_limits<float>::max();
    highest_ = std::numeric_limits<float>::lowest();
    for (size_t i = 0; i < file.pieces.size(); ++i) {
      const auto id = static_cast<TokenId>(i);
      if (is_searched(id)) pieces_.insert(file.pieces[i].text, id);
      if (type_of(id) != PieceType::kNormal) continue;
      lowest = std::min(lowest, score_of(id));
      highest_ = std::max(highest_, score_of(id));
    }
    unknown_score_ = lowest - kUnknownPenalty;
  }

  void encode(std::string_view text, std::vector<TokenId>& ids) const override {
    const std::vector<Node> nodes = best_paths(text);
    std::vector<size_t> ends;
    for (size_t end = text.size(); end > 0; end = nodes[end].begin) ends.push_back(end);
    bool after_unknown = false;
    for (auto end = ends.rbegin(); end != ends.rend(); ++end) {
      const Node& node = nodes[*end];
      add(text.substr(node.begin, *end - node.begin), node.token, after_unknown, ids);
    }
  }

 private:
  struct Node {
    float score = 0;
    size_t begin = kNowhere;
    TokenId token = 0;
  };
  static constexpr size_t kNowhere = ~size_t{0};

  std::vector<Node> best_paths(std::string_view text) const {
    std::vector<Node> nodes(text.size() + 1);
    for (size_t begin = 0; begin < text.size();) {
      const float score = nodes[begin].score;
      size_t next = begin;
      next_code_point(text, next);
      const auto reach = [&](size_t end, float to_here, TokenId token) {
        Node& node = nodes[end];
        if (node.begin == kNowhere || to_here > node.score) node = {to_here, begin, token};
      };
      bool single = false;  // whether a piece is this one character
      pieces_.for_each_prefix(text.substr(begin), [&](size_t length, int32_t id) {
        if (type_of(id) == PieceType::kUnused) return;
        reach(begin + length, piece_score(id, length) + score, id);
        single = single || begin + length == next;
      });
      if (!single) reach(next, unknown_score_ + score, unknown());
      begin = next;
    }
    return nodes;
  }

  // A symbol of the user wins against everything else.
  float piece_score(TokenId id, size_t length) const {
    if (type_of(id) != PieceType::kUserDefined) return score_of(id);
    return static_cast<float>(static_cast<double>(static_cast<float>(length) * highest_) - 0.1);
  }

  Trie pieces_;  // -> id
  float highest_ = 0;
  float unknown_score_ = 0;
};

}  // namespace

std::unique_ptr<const TokenizerModel> make_sentencepiece_unigram(const SentencePieceFile& file) {
  return std::make_unique<const SentencePieceUnigram>(file);
}

}  // namespace anemone

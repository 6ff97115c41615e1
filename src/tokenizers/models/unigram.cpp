// SPDX-License-Identifier: Apache-2.0
// Unigram: of all ways to cut a text into pieces, the one whose scores have the highest sum. What no piece covers is
// unknown; neighbouring unknown characters are one token, or their bytes.
#include <algorithm>
#include <array>
#include <limits>

#include "tokenizers/pipeline.h"
#include "tokenizers/trie.h"
#include "tokenizers/unicode.h"
#include "tokenizers/vocabulary.h"

namespace anemone {
namespace {

constexpr double kUnknownPenalty = 10;

class Unigram : public TokenizerModel {
 public:
  explicit Unigram(ModelSource&& source)
      : vocabulary_(std::move(source.tokens)), falls_back_(get_bool(*source.options, "byte_fallback", false)) {
    const TokenList& tokens = vocabulary_.tokens();
    if (find_field(*source.options, "unk_id") != nullptr) {
      unknown_ = get_id(*source.options, "unk_id");
      if (static_cast<size_t>(*unknown_) >= tokens.size()) fail("unk_id {} is not in the vocabulary", *unknown_);
    }
    double lowest = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < tokens.size(); ++i) {
      pieces_.insert(tokens.text(i), static_cast<int32_t>(i));
      lowest = std::min(lowest, tokens[i].score);
    }
    unknown_score_ = lowest - kUnknownPenalty;
    for (size_t byte = 0; byte < bytes_.size(); ++byte)
      bytes_[byte] = vocabulary_.id_of(fmt::format("<0x{:02X}>", byte)).value_or(-1);
  }

  void encode(std::string_view text, std::vector<TokenId>& ids) const override {
    std::vector<Node> nodes = best_paths(text);
    // Turns the links round, so that the path can be walked from the start.
    for (size_t end = text.size(); end > 0; end = nodes[end].begin) nodes[nodes[end].begin].next = end;
    for (size_t begin = 0; begin < text.size();) {
      size_t end = nodes[begin].next;
      const bool unknown = nodes[end].token == unknown_;
      while (unknown && end < text.size() && nodes[nodes[end].next].token == unknown_) end = nodes[end].next;
      add(text.substr(begin, end - begin), unknown, nodes[end].token, ids);
      begin = end;
    }
  }

  std::optional<TokenId> token_to_id(std::string_view token) const override { return vocabulary_.id_of(token); }
  std::optional<std::string_view> id_to_token(TokenId id) const override { return vocabulary_.token_of(id); }
  size_t size() const override { return vocabulary_.size(); }

 private:
  // The best way to reach a place in the text: from where, with which token.
  struct Node {
    double score = 0;
    size_t begin = kNowhere;
    size_t next = 0;
    TokenId token = 0;
  };
  static constexpr size_t kNowhere = ~size_t{0};

  std::vector<Node> best_paths(std::string_view text) const {
    std::vector<Node> nodes(text.size() + 1);
    for (size_t begin = 0; begin < text.size();) {
      const double score = nodes[begin].score;
      size_t next = begin;
      next_code_point(text, next);
      const auto reach = [&](size_t end, double to_here, TokenId token) {
        Node& node = nodes[end];
        if (node.begin != kNowhere && to_here <= node.score) return;
        node.score = to_here;
        node.begin = begin;
        node.token = token;
      };
      bool single = false;  // whether a piece is this one character
      pieces_.for_each_prefix(text.substr(begin), [&](size_t length, int32_t index) {
        const auto& entry = vocabulary_.tokens()[static_cast<size_t>(index)];
        reach(begin + length, entry.score + score, entry.id);
        single = single || begin + length == next;
      });
      if (!single) reach(next, unknown_score_ + score, unknown_or_fail());
      begin = next;
    }
    return nodes;
  }

  TokenId unknown_or_fail() const {
    if (!unknown_) fail("a character is not in the vocabulary, which has no unknown token");
    return *unknown_;
  }

  void add(std::string_view piece, bool unknown, TokenId token, std::vector<TokenId>& ids) const {
    const auto id = unknown ? vocabulary_.id_of(piece) : token;
    if (id) return ids.push_back(*id);
    const auto byte_id = [&](char byte) { return bytes_[static_cast<unsigned char>(byte)]; };
    const bool spelled =
        falls_back_ && std::all_of(piece.begin(), piece.end(), [&](char c) { return byte_id(c) >= 0; });
    if (!spelled) return ids.push_back(token);
    for (const char byte : piece) ids.push_back(byte_id(byte));
  }

  Vocabulary vocabulary_;
  Trie pieces_;  // -> index of the token
  std::optional<TokenId> unknown_;
  double unknown_score_ = 0;
  std::array<TokenId, 256> bytes_{};  // <0x00> to <0xFF>, -1 where the vocabulary has none
  bool falls_back_;
};

}  // namespace

void register_tokenizer_model_unigram(TokenizerModelTable& table) { table.add<Unigram>("Unigram"); }

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// WordPiece: the longest known prefix of a word, then of what is left with a mark ("##") in front. A word that cannot
// be cut so, or that is too long, becomes one unknown token.
#include "tokenizers/pipeline.h"
#include "tokenizers/trie.h"
#include "tokenizers/unicode.h"
#include "tokenizers/vocabulary.h"

namespace anemone {
namespace {

class WordPiece : public TokenizerModel {
 public:
  explicit WordPiece(ModelSource&& source)
      : vocabulary_(std::move(source.tokens)),
        longest_word_(static_cast<size_t>(get_size(*source.options, "max_input_chars_per_word", 100))) {
    const std::string unknown = get_string(*source.options, "unk_token", "[UNK]");
    const auto id = vocabulary_.id_of(unknown);
    if (!id) fail("the unknown token {} is not in the vocabulary", quote_name(unknown));
    unknown_ = *id;
    const TokenList& tokens = vocabulary_.tokens();
    for (size_t i = 0; i < tokens.size(); ++i) trie_.insert(tokens.text(i), tokens[i].id);
    continuation_ = trie_.find(get_string(*source.options, "continuing_subword_prefix", "##"));
  }

  void encode(std::string_view word, std::vector<TokenId>& ids) const override {
    const size_t start = ids.size();
    if (count_code_points(word) <= longest_word_ && encode_known(word, ids)) return;
    ids.resize(start);
    ids.push_back(unknown_);
  }

  std::optional<TokenId> token_to_id(std::string_view token) const override { return vocabulary_.id_of(token); }
  std::optional<std::string_view> id_to_token(TokenId id) const override { return vocabulary_.token_of(id); }
  size_t size() const override { return vocabulary_.size(); }

 private:
  bool encode_known(std::string_view rest, std::vector<TokenId>& ids) const {
    std::optional<Trie::Node> from = Trie::kRoot;
    while (!rest.empty()) {
      const auto match = from ? trie_.longest_prefix(rest, *from) : std::nullopt;
      if (!match) return false;
      ids.push_back(match->value);
      rest.remove_prefix(match->length);
      from = continuation_;
    }
    return true;
  }

  Vocabulary vocabulary_;
  Trie trie_;
  std::optional<Trie::Node> continuation_;  // where the tokens with the mark begin; none when there are no such tokens
  size_t longest_word_;                     // in characters
  TokenId unknown_ = 0;
};

}  // namespace

void register_tokenizer_model_word_piece(TokenizerModelTable& table) { table.add<WordPiece>("WordPiece"); }

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Each piece is one token, or the unknown one.
#include "tokenizers/pipeline.h"
#include "tokenizers/vocabulary.h"

namespace anemone {
namespace {

class WordLevel : public TokenizerModel {
 public:
  explicit WordLevel(ModelSource&& source)
      : vocabulary_(std::move(source.tokens)),
        unknown_(vocabulary_.id_of(get_string(*source.options, "unk_token", "<unk>"))) {}

  void encode(std::string_view word, std::vector<TokenId>& ids) const override {
    const auto id = vocabulary_.id_of(word);
    if (!id && !unknown_) fail("a word is not in the vocabulary, which has no unknown token");
    ids.push_back(id ? *id : *unknown_);
  }

  std::optional<TokenId> token_to_id(std::string_view token) const override { return vocabulary_.id_of(token); }
  std::optional<std::string_view> id_to_token(TokenId id) const override { return vocabulary_.token_of(id); }
  size_t size() const override { return vocabulary_.size(); }

 private:
  Vocabulary vocabulary_;
  std::optional<TokenId> unknown_;
};

}  // namespace

void register_tokenizer_model_word_level(TokenizerModelTable& table) { table.add<WordLevel>("WordLevel"); }

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/pipeline.h"
#include "tokenizers/split_behavior.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

class Punctuation : public PreTokenizer {
 public:
  explicit Punctuation(const Json& json) : behavior_(parse_split_behavior(get_string(json, "behavior", "Isolated"))) {}
  void split(const Piece& piece, const PieceSink& sink) const override {
    split_characters(piece, is_punctuation, behavior_, sink);
  }

 private:
  SplitBehavior behavior_;
};

}  // namespace

void register_pre_tokenizer_punctuation(PreTokenizerTable& table) { table.add<Punctuation>("Punctuation"); }

}  // namespace anemone

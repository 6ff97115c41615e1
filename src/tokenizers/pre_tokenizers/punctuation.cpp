// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/pipeline.h"
#include "tokenizers/split_behavior.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

class Punctuation : public PreTokenizer {
 public:
  explicit Punctuation(const Json& json) : behavior_(parse_split_behavior(get_string(json, "behavior", "Isolated"))) {}
  std::vector<Piece> split(std::vector<Piece> pieces) const override {
    return split_characters(pieces, is_punctuation, behavior_);
  }

 private:
  SplitBehavior behavior_;
};

}  // namespace

void register_pre_tokenizer_punctuation(PreTokenizerTable& table) { table.add<Punctuation>("Punctuation"); }

}  // namespace anemone

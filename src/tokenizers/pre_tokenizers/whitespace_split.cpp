// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/pipeline.h"
#include "tokenizers/split_behavior.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

class WhitespaceSplit : public PreTokenizer {
 public:
  void split(const Piece& piece, const PieceSink& sink) const override {
    split_characters(piece, is_white_space, SplitBehavior::kRemoved, sink);
  }
};

}  // namespace

void register_pre_tokenizer_whitespace_split(PreTokenizerTable& table) {
  table.add<WhitespaceSplit>("WhitespaceSplit");
}

}  // namespace anemone

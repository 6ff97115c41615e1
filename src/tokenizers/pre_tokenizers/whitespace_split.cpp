// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/pipeline.h"
#include "tokenizers/split_behavior.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

class WhitespaceSplit : public PreTokenizer {
 public:
  std::vector<Piece> split(std::vector<Piece> pieces) const override {
    return split_characters(pieces, is_white_space, SplitBehavior::kRemoved);
  }
};

}  // namespace

void register_pre_tokenizer_whitespace_split(PreTokenizerTable& table) {
  table.add<WhitespaceSplit>("WhitespaceSplit");
}

}  // namespace anemone

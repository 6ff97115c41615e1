// SPDX-License-Identifier: Apache-2.0
// Splits at white space and sets each punctuation mark apart.
#include "tokenizers/pipeline.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

class BertPreTokenizer : public PreTokenizer {
 public:
  void split(const Piece& piece, const PieceSink& sink) const override {
    const auto add = [&](size_t begin, size_t end) {
      if (begin < end) sink({piece.text.substr(begin, end - begin), piece.at_start && begin == 0});
    };
    size_t word = 0;  // where the current word began
    for (size_t i = 0; i < piece.text.size();) {
      const size_t begin = i;
      const char32_t code = next_code_point(piece.text, i);
      const bool punctuation = is_punctuation(code);
      if (!punctuation && !is_white_space(code)) continue;
      add(word, begin);
      if (punctuation) add(begin, i);
      word = i;
    }
    add(word, piece.text.size());
  }
};

}  // namespace

void register_pre_tokenizer_bert(PreTokenizerTable& table) { table.add<BertPreTokenizer>("BertPreTokenizer"); }

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Words (\w+) and runs of what is neither word nor white space; white space goes.
#include "tokenizers/pipeline.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

enum class Kind { kSpace, kWord, kOther };

Kind kind_of(char32_t code) { return is_word(code) ? Kind::kWord : is_white_space(code) ? Kind::kSpace : Kind::kOther; }

class Whitespace : public PreTokenizer {
 public:
  void split(const Piece& piece, const PieceSink& sink) const override {
    const std::string_view text = piece.text;
    for (size_t begin = 0; begin < text.size();) {
      size_t end = begin;
      const Kind kind = kind_of(next_code_point(text, end));
      for (size_t i = end; i < text.size() && kind_of(next_code_point(text, i)) == kind;) end = i;
      if (kind != Kind::kSpace) sink({text.substr(begin, end - begin), piece.at_start && begin == 0});
      begin = end;
    }
  }
};

}  // namespace

void register_pre_tokenizer_whitespace(PreTokenizerTable& table) { table.add<Whitespace>("Whitespace"); }

}  // namespace anemone

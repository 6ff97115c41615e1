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
  std::vector<Piece> split(std::vector<Piece> pieces) const override {
    std::vector<Piece> parts;
    for (const Piece& piece : pieces) split_runs(piece, parts);
    return parts;
  }

 private:
  static void split_runs(const Piece& piece, std::vector<Piece>& parts) {
    const std::string& text = piece.text;
    for (size_t begin = 0; begin < text.size();) {
      size_t end = begin;
      const Kind kind = kind_of(next_code_point(text, end));
      for (size_t i = end; i < text.size() && kind_of(next_code_point(text, i)) == kind;) end = i;
      if (kind != Kind::kSpace) parts.push_back({text.substr(begin, end - begin), piece.at_start && begin == 0});
      begin = end;
    }
  }
};

}  // namespace

void register_pre_tokenizer_whitespace(PreTokenizerTable& table) { table.add<Whitespace>("Whitespace"); }

}  // namespace anemone

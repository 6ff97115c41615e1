// SPDX-License-Identifier: Apache-2.0
// Splits at one character, which goes.
#include "tokenizers/pipeline.h"
#include "tokenizers/split_behavior.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

class CharDelimiterSplit : public PreTokenizer {
 public:
  explicit CharDelimiterSplit(const Json& json) : delimiter_(get_string(json, "delimiter")) {
    if (count_code_points(delimiter_) != 1) fail("delimiter {}: expected one character", quote_name(delimiter_));
  }

  void split(const Piece& piece, const PieceSink& sink) const override {
    for (size_t begin = 0; begin < piece.text.size();) {
      const size_t end = std::min(piece.text.find(delimiter_, begin), piece.text.size());
      if (begin < end) sink({piece.text.substr(begin, end - begin), piece.at_start && begin == 0});
      begin = end + delimiter_.size();
    }
  }

 private:
  std::string delimiter_;
};

}  // namespace

void register_pre_tokenizer_char_delimiter_split(PreTokenizerTable& table) {
  table.add<CharDelimiterSplit>("CharDelimiterSplit");
}

}  // namespace anemone

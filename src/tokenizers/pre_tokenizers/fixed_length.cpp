// SPDX-License-Identifier: Apache-2.0
// Pieces of a fixed number of characters; the last may be shorter.
#include "tokenizers/pipeline.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

class FixedLength : public PreTokenizer {
 public:
  explicit FixedLength(const Json& json) : length_(get_size(json, "length", 5)) {
    if (length_ == 0) fail("length is 0: expected 1 or more");
  }

  void split(const Piece& piece, const PieceSink& sink) const override {
    for (size_t begin = 0; begin < piece.text.size();) {
      size_t end = begin;
      for (int64_t i = 0; i < length_ && end < piece.text.size(); ++i) next_code_point(piece.text, end);
      sink({piece.text.substr(begin, end - begin), piece.at_start && begin == 0});
      begin = end;
    }
  }

 private:
  int64_t length_;
};

}  // namespace

void register_pre_tokenizer_fixed_length(PreTokenizerTable& table) { table.add<FixedLength>("FixedLength"); }

}  // namespace anemone

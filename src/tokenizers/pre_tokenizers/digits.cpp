// SPDX-License-Identifier: Apache-2.0
// Sets numbers apart: whole runs of numeric characters, or each by itself.
#include "tokenizers/pipeline.h"
#include "tokenizers/split_behavior.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

class Digits : public PreTokenizer {
 public:
  explicit Digits(const Json& json)
      : behavior_(get_bool(json, "individual_digits", false) ? SplitBehavior::kIsolated : SplitBehavior::kContiguous) {}
  void split(const Piece& piece, const PieceSink& sink) const override {
    split_characters(piece, is_number, behavior_, sink);
  }

 private:
  SplitBehavior behavior_;
};

}  // namespace

void register_pre_tokenizer_digits(PreTokenizerTable& table) { table.add<Digits>("Digits"); }

}  // namespace anemone

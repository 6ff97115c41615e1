// SPDX-License-Identifier: Apache-2.0
// Splits at a string or a regular expression, in any of the ways there are.
#include "tokenizers/pipeline.h"
#include "tokenizers/replacement.h"
#include "tokenizers/split_behavior.h"

namespace anemone {
namespace {

class Split : public PreTokenizer {
 public:
  explicit Split(const Json& json)
      : pattern_(read_pattern(json)),
        behavior_(parse_split_behavior(get_string(json, "behavior"))),
        inverted_(get_bool(json, "invert", false)) {}

  void split(const Piece& piece, const PieceSink& sink) const override {
    split_matches(piece, pattern_, behavior_, inverted_, sink);
  }

 private:
  Regex pattern_;
  SplitBehavior behavior_;
  bool inverted_;
};

}  // namespace

void register_pre_tokenizer_split(PreTokenizerTable& table) { table.add<Split>("Split"); }

}  // namespace anemone

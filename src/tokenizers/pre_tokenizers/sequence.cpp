// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/pipeline.h"

namespace anemone {
namespace {

class Sequence : public PreTokenizer {
 public:
  Sequence(const Json& json, const PreTokenizerTable& table) : stages_(table.make_all(json, "pretokenizers")) {}
  std::vector<Piece> split(std::vector<Piece> pieces) const override {
    for (const auto& stage : stages_) pieces = stage->split(std::move(pieces));
    return pieces;
  }

 private:
  std::vector<PreTokenizerTable::Made> stages_;
};

}  // namespace

void register_pre_tokenizer_sequence(PreTokenizerTable& table) { table.add<Sequence>("Sequence"); }

}  // namespace anemone

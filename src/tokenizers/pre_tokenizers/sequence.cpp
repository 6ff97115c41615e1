// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/pipeline.h"

namespace anemone {
namespace {

class Sequence : public PreTokenizer {
 public:
  Sequence(const Json& json, const PreTokenizerTable& table) : stages_(table.make_all(json, "pretokenizers")) {}
  void split(const Piece& piece, const PieceSink& sink) const override { run(0, piece, sink); }

 private:
  void run(size_t stage, const Piece& piece, const PieceSink& sink) const {
    if (stage == stages_.size()) return sink(piece);
    stages_[stage]->split(piece, [&](const Piece& part) { run(stage + 1, part, sink); });
  }

  std::vector<PreTokenizerTable::Made> stages_;
};

}  // namespace

void register_pre_tokenizer_sequence(PreTokenizerTable& table) { table.add<Sequence>("Sequence"); }

}  // namespace anemone

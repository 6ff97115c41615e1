// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/pipeline.h"

namespace anemone {
namespace {

class Sequence : public Normalizer {
 public:
  Sequence(const Json& json, const NormalizerTable& table) : stages_(table.make_all(json, "normalizers")) {}
  std::string normalize(std::string text) const override {
    for (const auto& stage : stages_) text = stage->normalize(std::move(text));
    return text;
  }

 private:
  std::vector<NormalizerTable::Made> stages_;
};

}  // namespace

void register_normalizer_sequence(NormalizerTable& table) { table.add<Sequence>("Sequence"); }

}  // namespace anemone

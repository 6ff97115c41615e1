// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/pipeline.h"

namespace anemone {
namespace {

class Sequence : public Decoder {
 public:
  Sequence(const Json& json, const DecoderTable& table) : stages_(table.make_all(json, "decoders")) {}
  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    for (const auto& stage : stages_) tokens = stage->decode(std::move(tokens));
    return tokens;
  }

 private:
  std::vector<DecoderTable::Made> stages_;
};

}  // namespace

void register_decoder_sequence(DecoderTable& table) { table.add<Sequence>("Sequence"); }

}  // namespace anemone

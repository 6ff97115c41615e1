// SPDX-License-Identifier: Apache-2.0
// Makes one token of all, for the decoders after it.
#include "tokenizers/pipeline.h"

namespace anemone {
namespace {

class Fuse : public Decoder {
 public:
  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    std::string fused;
    for (const std::string& token : tokens) fused += token;
    return {std::move(fused)};
  }
};

}  // namespace

void register_decoder_fuse(DecoderTable& table) { table.add<Fuse>("Fuse"); }

}  // namespace anemone

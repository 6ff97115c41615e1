// SPDX-License-Identifier: Apache-2.0
// Back from the visible character to spaces; the first token loses those that encoding put in front.
#include "tokenizers/metaspace.h"
#include "tokenizers/replacement.h"

namespace anemone {
namespace {

class MetaspaceDecoder : public Decoder {
 public:
  explicit MetaspaceDecoder(const Json& json) : options_(json) {}

  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i) {
      const bool drops = i == 0 && options_.scheme != PrependScheme::kNever;
      tokens[i] = replace_all(tokens[i], options_.mark, drops ? "" : " ");
    }
    return tokens;
  }

 private:
  MetaspaceOptions options_;
};

}  // namespace

void register_decoder_metaspace(DecoderTable& table) { table.add<MetaspaceDecoder>("Metaspace"); }

}  // namespace anemone

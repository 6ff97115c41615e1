// SPDX-License-Identifier: Apache-2.0
// Makes the mark at the ends of words ("</w>") a space, which the last token goes without.
#include "tokenizers/pipeline.h"
#include "tokenizers/replacement.h"

namespace anemone {
namespace {

class BpeDecoder : public Decoder {
 public:
  explicit BpeDecoder(const Json& json) : suffix_(get_string(json, "suffix", "</w>")) {
    if (suffix_.empty()) fail("\"suffix\" is empty");
  }

  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i)
      tokens[i] = replace_all(tokens[i], suffix_, i + 1 == tokens.size() ? "" : " ");
    return tokens;
  }

 private:
  std::string suffix_;
};

}  // namespace

void register_decoder_bpe(DecoderTable& table) { table.add<BpeDecoder>("BPEDecoder"); }

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Puts a fixed text in the place of a pattern, in each token.
#include "tokenizers/pipeline.h"
#include "tokenizers/replacement.h"

namespace anemone {
namespace {

class Replace : public Decoder {
 public:
  explicit Replace(const Json& json) : replacement_(json) {}
  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    for (std::string& token : tokens) token = replacement_.apply(token);
    return tokens;
  }

 private:
  Replacement replacement_;
};

}  // namespace

void register_decoder_replace(DecoderTable& table) { table.add<Replace>("Replace"); }

}  // namespace anemone

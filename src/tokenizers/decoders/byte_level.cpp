// SPDX-License-Identifier: Apache-2.0
// From GPT-2's alphabet back to bytes; ill-formed UTF-8 becomes U+FFFD. A token with other characters stands for
// itself.
#include "tokenizers/byte_alphabet.h"
#include "tokenizers/pipeline.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

class ByteLevelDecoder : public Decoder {
 public:
  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    std::string bytes;
    for (const std::string& token : tokens) bytes += letters_to_bytes(token).value_or(token);
    return {valid_utf8(bytes)};
  }
};

}  // namespace

void register_decoder_byte_level(DecoderTable& table) { table.add<ByteLevelDecoder>("ByteLevel"); }

}  // namespace anemone

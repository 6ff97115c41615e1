// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/byte_alphabet.h"
#include "tokenizers/pipeline.h"

namespace anemone {
namespace {

class ByteLevelNormalizer : public Normalizer {
 public:
  std::string normalize(std::string text) const override { return bytes_to_letters(text); }
};

}  // namespace

void register_normalizer_byte_level(NormalizerTable& table) { table.add<ByteLevelNormalizer>("ByteLevel"); }

}  // namespace anemone

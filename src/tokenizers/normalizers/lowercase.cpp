// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/pipeline.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

class Lowercase : public Normalizer {
 public:
  std::string normalize(std::string text) const override { return to_lower(text); }
};

}  // namespace

void register_normalizer_lowercase(NormalizerTable& table) { table.add<Lowercase>("Lowercase"); }

}  // namespace anemone

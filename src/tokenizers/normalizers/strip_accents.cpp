// SPDX-License-Identifier: Apache-2.0
// Drops every combining mark; accents that are part of a letter stay unless NFD or NFKD went before.
#include "tokenizers/pipeline.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

class StripAccents : public Normalizer {
 public:
  std::string normalize(std::string text) const override {
    if (is_ascii(text)) return text;
    std::string result;
    result.reserve(text.size());
    for (size_t i = 0; i < text.size();) {
      const size_t begin = i;
      if (!is_mark(next_code_point(text, i))) result.append(text, begin, i - begin);
    }
    return result;
  }
};

}  // namespace

void register_normalizer_strip_accents(NormalizerTable& table) { table.add<StripAccents>("StripAccents"); }

}  // namespace anemone

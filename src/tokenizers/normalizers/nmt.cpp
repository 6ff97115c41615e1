// SPDX-License-Identifier: Apache-2.0
// Clean-up before machine translation: drops control characters and makes what separates words a space.
#include "tokenizers/pipeline.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

bool in(char32_t code, char32_t first, char32_t last) { return code >= first && code <= last; }

bool is_dropped(char32_t code) {
  return in(code, 0x01, 0x08) || code == 0x0B || in(code, 0x0E, 0x1F) || code == 0x7F || code == 0x8F || code == 0x9F;
}

bool is_separator(char32_t code) {
  return code == 0x09 || code == 0x0A || code == 0x0C || code == 0x0D || code == 0x1680 || in(code, 0x200B, 0x200F) ||
         code == 0x2028 || code == 0x2029 || code == 0x2581 || code == 0xFEFF || code == 0xFFFD;
}

class Nmt : public Normalizer {
 public:
  std::string normalize(std::string text) const override {
    std::string result;
    result.reserve(text.size());
    for (size_t i = 0; i < text.size();) {
      const size_t begin = i;
      const char32_t code = next_code_point(text, i);
      if (is_dropped(code)) continue;
      if (is_separator(code)) {
        result += ' ';
      } else {
        result.append(text, begin, i - begin);
      }
    }
    return result;
  }
};

}  // namespace

void register_normalizer_nmt(NormalizerTable& table) { table.add<Nmt>("Nmt"); }

}  // namespace anemone

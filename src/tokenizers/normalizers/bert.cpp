// SPDX-License-Identifier: Apache-2.0
// BERT's clean-up: drops control characters, makes white space a space, sets CJK ideographs apart with spaces, strips
// accents (as lower-casing asks when not said), lowers case. Accents go before the case, as in the Rust reference.
#include "tokenizers/pipeline.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

bool is_ideograph(char32_t code) {
  const auto in = [code](char32_t first, char32_t last) { return code >= first && code <= last; };
  return in(0x4E00, 0x9FFF) || in(0x3400, 0x4DBF) || in(0x20000, 0x2A6DF) || in(0x2A700, 0x2B73F) ||
         in(0x2B740, 0x2B81F) || in(0x2B920, 0x2CEAF) || in(0xF900, 0xFAFF) || in(0x2F800, 0x2FA1F);
}

bool is_dropped(char32_t code) {
  if (code == '\t' || code == '\n' || code == '\r') return false;
  return code == 0 || code == 0xFFFD || is_other(code);
}

std::string without_accents(std::string_view text) {
  const std::string decomposed = to_normal_form(text, NormalForm::kNfd);
  std::string result;
  result.reserve(decomposed.size());
  for (size_t i = 0; i < decomposed.size();) {
    const size_t begin = i;
    if (!is_nonspacing_mark(next_code_point(decomposed, i))) result.append(decomposed, begin, i - begin);
  }
  return result;
}

class BertNormalizer : public Normalizer {
 public:
  explicit BertNormalizer(const Json& json)
      : clean_(get_bool(json, "clean_text", true)),
        space_ideographs_(get_bool(json, "handle_chinese_chars", true)),
        lower_(get_bool(json, "lowercase", true)),
        strip_accents_(get_bool(json, "strip_accents", lower_)) {}

  std::string normalize(std::string text) const override {
    if (clean_ || space_ideographs_) text = clean(text);
    if (strip_accents_ && !is_ascii(text)) text = without_accents(text);
    return lower_ ? to_lower(text) : text;
  }

 private:
  std::string clean(std::string_view text) const {
    std::string result;
    result.reserve(text.size());
    for (size_t i = 0; i < text.size();) {
      const size_t begin = i;
      const char32_t code = next_code_point(text, i);
      const bool spaced = space_ideographs_ && is_ideograph(code);
      if (clean_ && is_dropped(code)) continue;
      if (spaced) result += ' ';
      if (clean_ && is_white_space(code)) {
        result += ' ';
      } else {
        result.append(text, begin, i - begin);
      }
      if (spaced) result += ' ';
    }
    return result;
  }

  bool clean_;
  bool space_ideographs_;
  bool lower_;
  bool strip_accents_;
};

}  // namespace

void register_normalizer_bert(NormalizerTable& table) { table.add<BertNormalizer>("BertNormalizer"); }

}  // namespace anemone

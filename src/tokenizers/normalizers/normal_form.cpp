// SPDX-License-Identifier: Apache-2.0
// The four Unicode normal forms.
#include "tokenizers/pipeline.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

template <NormalForm form>
class UnicodeForm : public Normalizer {
 public:
  std::string normalize(std::string text) const override { return to_normal_form(text, form); }
};

}  // namespace

void register_normalizer_normal_form(NormalizerTable& table) {
  table.add<UnicodeForm<NormalForm::kNfc>>("NFC");
  table.add<UnicodeForm<NormalForm::kNfd>>("NFD");
  table.add<UnicodeForm<NormalForm::kNfkc>>("NFKC");
  table.add<UnicodeForm<NormalForm::kNfkd>>("NFKD");
}

}  // namespace anemone

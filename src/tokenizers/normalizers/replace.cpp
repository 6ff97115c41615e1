// SPDX-License-Identifier: Apache-2.0
// Puts a fixed text in the place of a pattern.
#include "tokenizers/pipeline.h"
#include "tokenizers/replacement.h"

namespace anemone {
namespace {

class Replace : public Normalizer {
 public:
  explicit Replace(const Json& json) : replacement_(json) {}
  std::string normalize(std::string text) const override { return replacement_.apply(text); }

 private:
  Replacement replacement_;
};

}  // namespace

void register_normalizer_replace(NormalizerTable& table) { table.add<Replace>("Replace"); }

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Puts a fixed text in front, unless there is nothing to put it in front of.
#include "tokenizers/pipeline.h"

namespace anemone {
namespace {

class Prepend : public Normalizer {
 public:
  explicit Prepend(const Json& json) : prefix_(get_string(json, "prepend")) {}
  std::string normalize(std::string text) const override { return text.empty() ? text : prefix_ + text; }

 private:
  std::string prefix_;
};

}  // namespace

void register_normalizer_prepend(NormalizerTable& table) { table.add<Prepend>("Prepend"); }

}  // namespace anemone

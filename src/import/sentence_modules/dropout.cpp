// SPDX-License-Identifier: Apache-2.0
// Dropout does nothing once a model is trained.
#include "import/sentence_module.h"

namespace anemone {

void register_sentence_module_dropout(SentenceModuleTable& table) {
  table.add({"Dropout", false, [](Sentences&, const Module&, const Config&) {}});
}

}  // namespace anemone

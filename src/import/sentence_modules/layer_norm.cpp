// SPDX-License-Identifier: Apache-2.0
// LayerNorm of the sentence's embedding, with torch's own epsilon.
#include "import/blocks/layers.h"
#include "import/sentence_module.h"

namespace anemone {

void register_sentence_module_layer_norm(SentenceModuleTable& table) {
  table.add({"LayerNorm", true, [](Sentences& sentences, const Module& place, const Config& config) {
               const ValueId x = sentences.feature("sentence_embedding", config);
               sentences.features["sentence_embedding"] = layer_norm(place.at("norm"), x, 1e-5);
             }});
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Normalize: x / max(|x|, 1e-12), by default on the sentence's embedding.
#include "import/sentence_module.h"

namespace anemone {

void register_sentence_module_normalize(SentenceModuleTable& table) {
  table.add({"Normalize", false, [](Sentences& sentences, const Module& place, const Config& config) {
               const std::string from =
                   config.has("module_input_name") ? config.text("module_input_name") : "sentence_embedding";
               const std::string to = config.has("module_output_name") ? config.text("module_output_name") : from;
               const ValueId x = sentences.feature(from, config);
               ValueId length = place.op("reduce_l2_norm", {{"x", x}, {"axes", {-1}}, {"keep_dims", true}}, "length");
               length = place.op("maximum", {{"x", length}, {"y", Constant::of(1e-12F)}}, "length_not_0");
               sentences.features[to] = place.op("real_div", {{"x", x}, {"y", length}});
             }});
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Models that continue a text: what they take, the mask by which they look back, and the heads that the transformers
// library offers for each of them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "import/architecture.h"
#include "import/blocks/model_builder.h"
#include "import/blocks/text_inputs.h"

namespace anemone {

// What differs between families.
struct TextDecoder {
  std::string family;  // of class names: "Llama"
  // (B, S) -> (B, S, channels), after the last norm.
  std::function<ValueId(ModelBuilder&, const TextInputs&)> hidden_states;
  std::string embeddings = "model.embed_tokens";
  std::string head = "lm_head";  // gives a score to each word of the vocabulary
  std::string other_head = "";   // its name in files that were not written by the library's own way to save
  bool head_bias = false;
  std::string token_classifier = "score";
  // The heads that the library has for the family besides the base model and the one that generates text.
  bool classifies_texts = true;
  bool classifies_tokens = true;
  bool answers_questions = true;
};

// The base model first.
std::vector<Head> text_decoder_heads(const TextDecoder& decoder);

// Added to the scores of attention: a position sees itself and what comes before it, not more than `window` positions
// when that is not 0, and no padding.
ValueId looking_back(const Module& module, const TextInputs& inputs, int64_t window = 0);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// What models of text have on top of their hidden states (B, S, channels), with the names of outputs that the original
// library uses.
#pragma once

#include <string>

#include "import/blocks/text_inputs.h"

namespace anemone {

// "logits": one score for each label of the configuration, of x (..., channels).
void label_scores(const Module& module, ValueId x, bool bias = true);

// "start_logits" and "end_logits" (B, S).
void answer_scores(const Module& module, ValueId hidden);

// "logits" (questions, choices), of x (questions * choices, channels).
void choice_scores(const Module& module, ValueId x, const TextInputs& inputs);

// The weight of a head that gives a score to each word of the vocabulary: the embeddings' when the configuration ties
// them, and the file does not have it under its own name.
Constant vocabulary_weight(const Module& head, const Module& embeddings);

// (B, S, channels) -> (B, channels): of each text the position that int32 `positions` (B) names.
ValueId position_at(const Module& module, ValueId x, ValueId positions);

// (B, S, channels) -> (B, channels): the last position where `keep`, int32 (B, S), is not 0; the first one when there
// is none.
ValueId last_kept_position(const Module& module, ValueId x, ValueId keep);

// The last position that is not padding: by pad_token_id where the configuration has it, else by the mask.
ValueId last_text_position(const Module& module, ValueId x, const TextInputs& inputs);

}  // namespace anemone

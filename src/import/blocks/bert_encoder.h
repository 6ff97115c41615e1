// SPDX-License-Identifier: Apache-2.0
// The encoder that BERT has and its relatives (RoBERTa, ELECTRA ...) took over with the names of its tensors: layers
// that normalise after each residual sum, and the pooler.
#pragma once

#include <optional>
#include <vector>

#include "import/blocks/text_inputs.h"

namespace anemone {

// LayerNorm(words + token types + positions): (B, S) -> (B, S, channels). Types count as 0, positions from 0, where
// they are no input.
ValueId bert_embeddings(const Module& embeddings, const TextInputs& inputs);

// `encoder` has layer.0, layer.1 ... Returns x (B, S, channels), then what each layer makes of it. The bias is added to
// the attention's scores.
std::vector<ValueId> bert_encoder(const Module& encoder, ValueId x, std::optional<ValueId> bias);

// tanh(dense(first position)): (B, S, channels) -> (B, channels).
ValueId bert_pooler(const Module& pooler, ValueId hidden);

}  // namespace anemone

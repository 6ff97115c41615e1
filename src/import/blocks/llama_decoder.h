// SPDX-License-Identifier: Apache-2.0
// The decoder that Llama has and its relatives (Mistral, Qwen, Gemma ...) took over with the names of its tensors: root
// mean square norms before attention and the gated layer, rotary positions, groups of heads that share keys.
#pragma once

#include <functional>
#include <optional>

#include "import/blocks/model_builder.h"
#include "import/blocks/text_inputs.h"

namespace anemone {

// What differs between the relatives.
struct LlamaStyle {
  bool query_bias = false;   // of query, key and value
  bool output_bias = false;  // of attention
  bool mlp_bias = false;
  bool head_norms = false;      // queries and keys are normalised in each head
  bool norms_from_one = false;  // see rms_norm
  double embedding_factor = 1;
  std::optional<std::string> activation = {};   // else as the configuration says
  std::function<int64_t(int64_t)> window = {};  // for a layer, how far it looks back; 0 or no function: to the start
};

// (B, S) -> (B, S, channels), after the last norm. Hands out the hidden states.
ValueId llama_decoder(const Module& base, const TextInputs& inputs, const LlamaStyle& style);

// For layers of the kinds that layer_types names, else for those from max_window_layers on when use_sliding_window is
// set.
std::function<int64_t(int64_t)> windows_by_layer(const Config& config);

}  // namespace anemone

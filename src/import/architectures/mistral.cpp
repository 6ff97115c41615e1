// SPDX-License-Identifier: Apache-2.0
// Mistral and its heads (transformers, models/mistral): every layer looks back through a window, if there is one.
#include "import/blocks/llama_decoder.h"
#include "import/blocks/text_decoder.h"

namespace anemone {
namespace {

ValueId decode(ModelBuilder& model, const TextInputs& inputs) {
  const Config& config = model.config();
  LlamaStyle style;
  const int64_t window = config.size_or("sliding_window", 0);
  style.window = [window](int64_t) { return window; };
  return llama_decoder(model.at("model"), inputs, style);
}

}  // namespace

void register_architecture_mistral(ArchitectureTable& table) {
  Architecture mistral;
  mistral.model_types = {"mistral"};
  mistral.prefix = "model.";
  mistral.defaults = {{"vocab_size", 32000},          {"hidden_size", 4096},
                      {"intermediate_size", 14336},   {"num_hidden_layers", 32},
                      {"num_attention_heads", 32},    {"num_key_value_heads", 8},
                      {"hidden_act", "silu"},         {"max_position_embeddings", 131072},
                      {"rms_norm_eps", 1e-6},         {"rope_theta", 10000.0},
                      {"partial_rotary_factor", 1.0}, {"tie_word_embeddings", false},
                      {"sliding_window", 4096}};
  mistral.heads = text_decoder_heads({"Mistral", decode});
  table.add(std::move(mistral));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Llama and its heads (transformers, models/llama).
#include "import/blocks/llama_decoder.h"
#include "import/blocks/text_decoder.h"

namespace anemone {
namespace {

ValueId decode(ModelBuilder& model, const TextInputs& inputs) {
  const Config& config = model.config();
  LlamaStyle style;
  style.query_bias = style.output_bias = config.flag("attention_bias");
  style.mlp_bias = config.flag("mlp_bias");
  return llama_decoder(model.at("model"), inputs, style);
}

}  // namespace

void register_architecture_llama(ArchitectureTable& table) {
  Architecture llama;
  llama.model_types = {"llama"};
  llama.prefix = "model.";
  llama.other_prefixes = {"transformer."};  // of LlamaForQuestionAnswering
  llama.defaults = {{"vocab_size", 32000},
                    {"hidden_size", 4096},
                    {"intermediate_size", 11008},
                    {"num_hidden_layers", 32},
                    {"num_attention_heads", 32},
                    {"hidden_act", "silu"},
                    {"max_position_embeddings", 2048},
                    {"rms_norm_eps", 1e-6},
                    {"rope_theta", 10000.0},
                    {"partial_rotary_factor", 1.0},
                    {"tie_word_embeddings", false},
                    {"attention_bias", false},
                    {"mlp_bias", false}};
  llama.heads = text_decoder_heads({"Llama", decode});
  table.add(std::move(llama));
}

}  // namespace anemone

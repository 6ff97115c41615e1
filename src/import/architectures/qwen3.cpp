// SPDX-License-Identifier: Apache-2.0
// Qwen3 and its heads (transformers, models/qwen3): queries and keys are normalised in each head.
#include "import/blocks/llama_decoder.h"
#include "import/blocks/text_decoder.h"

namespace anemone {
namespace {

ValueId decode(ModelBuilder& model, const TextInputs& inputs) {
  const Config& config = model.config();
  LlamaStyle style;
  style.head_norms = true;
  style.query_bias = style.output_bias = config.flag("attention_bias");
  style.window = windows_by_layer(config);
  return llama_decoder(model.at("model"), inputs, style);
}

}  // namespace

void register_architecture_qwen3(ArchitectureTable& table) {
  Architecture qwen3;
  qwen3.model_types = {"qwen3"};
  qwen3.prefix = "model.";
  qwen3.other_prefixes = {"transformer."};  // of Qwen3ForQuestionAnswering
  qwen3.defaults = {{"vocab_size", 151936},
                    {"hidden_size", 4096},
                    {"intermediate_size", 22016},
                    {"num_hidden_layers", 32},
                    {"num_attention_heads", 32},
                    {"num_key_value_heads", 32},
                    {"head_dim", 128},
                    {"hidden_act", "silu"},
                    {"max_position_embeddings", 32768},
                    {"rms_norm_eps", 1e-6},
                    {"rope_theta", 10000.0},
                    {"partial_rotary_factor", 1.0},
                    {"tie_word_embeddings", false},
                    {"attention_bias", false},
                    {"use_sliding_window", false},
                    {"sliding_window", 4096},
                    {"max_window_layers", 28}};
  qwen3.heads = text_decoder_heads({"Qwen3", decode});
  table.add(std::move(qwen3));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Qwen2, Qwen2.5 and their heads (transformers, models/qwen2): queries, keys and values have biases.
#include "import/blocks/llama_decoder.h"
#include "import/blocks/text_decoder.h"

namespace anemone {
namespace {

ValueId decode(ModelBuilder& model, const TextInputs& inputs) {
  LlamaStyle style;
  style.query_bias = true;
  style.window = windows_by_layer(model.config());
  return llama_decoder(model.at("model"), inputs, style);
}

}  // namespace

void register_architecture_qwen2(ArchitectureTable& table) {
  Architecture qwen2;
  qwen2.model_types = {"qwen2"};
  qwen2.prefix = "model.";
  qwen2.other_prefixes = {"transformer."};  // of Qwen2ForQuestionAnswering
  qwen2.defaults = {{"vocab_size", 151936},         {"hidden_size", 4096},
                    {"intermediate_size", 22016},   {"num_hidden_layers", 32},
                    {"num_attention_heads", 32},    {"num_key_value_heads", 32},
                    {"hidden_act", "silu"},         {"max_position_embeddings", 32768},
                    {"rms_norm_eps", 1e-6},         {"rope_theta", 10000.0},
                    {"partial_rotary_factor", 1.0}, {"tie_word_embeddings", false},
                    {"use_sliding_window", false},  {"sliding_window", 4096},
                    {"max_window_layers", 28}};
  qwen2.heads = text_decoder_heads({"Qwen2", decode});
  table.add(std::move(qwen2));
}

}  // namespace anemone

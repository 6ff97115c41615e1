// SPDX-License-Identifier: Apache-2.0
// Gemma and its heads (transformers, models/gemma): embeddings are scaled, norms count their weights from one.
#include <cmath>

#include "base/error.h"
#include "import/blocks/llama_decoder.h"
#include "import/blocks/text_decoder.h"

namespace anemone {
namespace {

// Published files say "gelu" and mean its approximation, which the library then takes.
std::string activation_name(const Config& config) {
  const std::string name = config.text("hidden_act");
  return name == "gelu" ? "gelu_pytorch_tanh" : name;
}

ValueId decode(ModelBuilder& model, const TextInputs& inputs) {
  const Config& config = model.config();
  if (config.flag("use_bidirectional_attention"))
    fail("{}: use_bidirectional_attention is not supported", config.file());
  LlamaStyle style;
  style.query_bias = style.output_bias = config.flag("attention_bias");
  style.norms_from_one = true;
  style.embedding_factor = std::sqrt(static_cast<double>(config.size("hidden_size")));
  style.activation = activation_name(config);
  return llama_decoder(model.at("model"), inputs, style);
}

}  // namespace

void register_architecture_gemma(ArchitectureTable& table) {
  TextDecoder decoder{"Gemma", decode};
  decoder.answers_questions = false;
  Architecture gemma;
  gemma.model_types = {"gemma"};
  gemma.prefix = "model.";
  gemma.defaults = {{"vocab_size", 256000},
                    {"hidden_size", 3072},
                    {"intermediate_size", 24576},
                    {"num_hidden_layers", 28},
                    {"num_attention_heads", 16},
                    {"num_key_value_heads", 16},
                    {"head_dim", 256},
                    {"hidden_act", "gelu_pytorch_tanh"},
                    {"max_position_embeddings", 8192},
                    {"rms_norm_eps", 1e-6},
                    {"rope_theta", 10000.0},
                    {"partial_rotary_factor", 1.0},
                    {"tie_word_embeddings", true},
                    {"attention_bias", false},
                    {"pad_token_id", 0},
                    {"use_bidirectional_attention", false}};
  gemma.heads = text_decoder_heads(decoder);
  table.add(std::move(gemma));
}

}  // namespace anemone

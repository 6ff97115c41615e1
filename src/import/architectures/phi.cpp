// SPDX-License-Identifier: Apache-2.0
// Phi-1, Phi-1.5, Phi-2 and their heads (transformers, models/phi): attention and the wide layer read the same norm,
// and part of each head's channels turn with the position.
#include "base/error.h"
#include "import/blocks/attention.h"
#include "import/blocks/layers.h"
#include "import/blocks/rotary.h"
#include "import/blocks/text_decoder.h"

namespace anemone {
namespace {

struct Sizes {
  int64_t channels;
  int64_t heads;
  int64_t groups;
  int64_t head_size;
};

Sizes sizes_of(const Config& config) {
  const int64_t heads = config.size("num_attention_heads");
  Sizes sizes{config.size("hidden_size"), heads, config.size_or("num_key_value_heads", heads),
              config.size_or("head_dim", 0)};
  if (sizes.head_size == 0) sizes.head_size = config.quotient("hidden_size", "num_attention_heads");
  if (heads % sizes.groups != 0)
    fail("{}: num_attention_heads {} is not divisible by num_key_value_heads {}", config.file(), heads, sizes.groups);
  return sizes;
}

// Queries or keys: (B, S, channels) -> (B, heads, S, head size)
ValueId turned(const Module& attention, ValueId x, const std::string& name, int64_t heads, int64_t head_size,
               const RotaryTables& tables) {
  const Config& config = attention.model().config();
  ValueId split = split_heads(attention, linear(attention.at(name + "_proj"), x, heads * head_size), heads, name);
  if (config.flag("qk_layernorm"))
    split = layer_norm(attention.at(name + "_layernorm"), split, config.number("layer_norm_eps"));
  return rotated(attention, split, tables, name);
}

ValueId transformer_block(const Module& layer, ValueId x, const RotaryTables& tables, ValueId bias) {
  const Config& config = layer.model().config();
  const Sizes sizes = sizes_of(config);
  const ValueId normal = layer_norm(layer.at("input_layernorm"), x, config.number("layer_norm_eps"));
  const Module self = layer.at("self_attn");
  const ValueId q = turned(self, normal, "q", sizes.heads, sizes.head_size, tables);
  const ValueId k = turned(self, normal, "k", sizes.groups, sizes.head_size, tables);
  const ValueId values = linear(self.at("v_proj"), normal, sizes.groups * sizes.head_size);
  const ValueId context = attend(self, q, k, split_heads(self, values, sizes.groups, "v"), {{}, bias});
  const ValueId attended = linear(self.at("dense"), context, sizes.channels);
  const Module wide = layer.at("mlp");
  const ValueId y =
      mlp(wide.at("fc1"), wide.at("fc2"), normal, config.size("intermediate_size"), config.text("hidden_act"));
  return residual(layer, x, residual(layer, attended, y, "sum"), "residual");
}

// (B, S) -> (B, S, channels)
ValueId decode(ModelBuilder& model, const TextInputs& inputs) {
  const Config& config = model.config();
  const Module base = model.at("model");
  const Sizes sizes = sizes_of(config);
  const RotaryTables tables =
      rotary_tables(base.at("rotary_emb"), sizes.head_size, model.shape(inputs.ids).back(), inputs.positions);
  const ValueId bias = looking_back(base, inputs);
  std::vector<ValueId> states = {
      embedding(base.at("embed_tokens"), inputs.ids, config.size("vocab_size"), sizes.channels)};
  const int64_t layers = config.size("num_hidden_layers");
  for (int64_t i = 0; i < layers; ++i)
    states.push_back(transformer_block(base.at("layers", i), states.back(), tables, bias));
  states.back() = layer_norm(base.at("final_layernorm"), states.back(), config.number("layer_norm_eps"));
  model.hidden_states(states);
  return states.back();
}

}  // namespace

void register_architecture_phi(ArchitectureTable& table) {
  TextDecoder decoder{"Phi", decode};
  decoder.head_bias = true;
  decoder.answers_questions = false;
  Architecture phi;
  phi.model_types = {"phi"};
  phi.prefix = "model.";
  phi.defaults = {{"vocab_size", 51200},
                  {"hidden_size", 2048},
                  {"intermediate_size", 8192},
                  {"num_hidden_layers", 24},
                  {"num_attention_heads", 32},
                  {"hidden_act", "gelu_new"},
                  {"max_position_embeddings", 2048},
                  {"layer_norm_eps", 1e-5},
                  {"qk_layernorm", false},
                  {"rope_theta", 10000.0},
                  {"partial_rotary_factor", 0.5},
                  {"tie_word_embeddings", false}};
  phi.heads = text_decoder_heads(decoder);
  table.add(std::move(phi));
}

}  // namespace anemone

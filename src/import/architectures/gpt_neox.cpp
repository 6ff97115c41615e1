// SPDX-License-Identifier: Apache-2.0
// GPT-NeoX, Pythia and their heads (transformers, models/gpt_neox). Query, key and value of each head lie beside each
// other in one weight; attention and the wide layer read the same input unless use_parallel_residual is off.
#include "import/blocks/attention.h"
#include "import/blocks/layers.h"
#include "import/blocks/rotary.h"
#include "import/blocks/text_decoder.h"

namespace anemone {
namespace {

// Rows of the fused weight or bias that make one of query, key and value, of all heads.
Constant part_of(const Constant& fused, int64_t heads, int64_t part) {
  const ConcreteShape shape = fused.type().concrete();
  const int64_t head_size = shape[0] / heads / 3;
  ConcreteShape by_head = shape;
  by_head[0] = head_size;
  by_head.insert(by_head.begin(), {heads, 3});
  ConcreteShape rows = shape;
  rows[0] = heads * head_size;
  return fused.reshaped(by_head).sliced(1, part, part + 1).reshaped(rows);
}

ValueId self_attention(const Module& attention, ValueId x, const RotaryTables& tables, ValueId bias) {
  const Config& config = attention.model().config();
  const int64_t channels = config.size("hidden_size");
  const int64_t heads = config.size("num_attention_heads");
  const bool has_bias = config.flag("attention_bias");
  const Module fused = attention.at("query_key_value");
  const Constant weight = fused.weight("weight", {3 * channels, channels});
  std::optional<Constant> biases;
  if (has_bias) biases = fused.weight("bias", {3 * channels});
  const auto part = [&](int64_t i, const char* name) {
    std::optional<Constant> own;
    if (biases) own = part_of(*biases, heads, i);
    return split_heads(attention, linear_of(fused, x, part_of(weight, heads, i), own, name), heads, name);
  };
  const ValueId q = rotated(attention, part(0, "query"), tables, "query");
  const ValueId k = rotated(attention, part(1, "key"), tables, "key");
  const ValueId context = attend(attention, q, k, part(2, "value"), {{}, bias});
  return linear(attention.at("dense"), context, channels, has_bias);
}

ValueId transformer_block(const Module& layer, ValueId x, const RotaryTables& tables, ValueId bias) {
  const Config& config = layer.model().config();
  const double epsilon = config.number("layer_norm_eps");
  const ValueId attended =
      self_attention(layer.at("attention"), layer_norm(layer.at("input_layernorm"), x, epsilon), tables, bias);
  const ValueId sum = residual(layer, attended, x, "attention_residual");
  const ValueId seen = config.flag("use_parallel_residual") ? x : sum;
  const Module wide = layer.at("mlp");
  const ValueId y = mlp(wide.at("dense_h_to_4h"), wide.at("dense_4h_to_h"),
                        layer_norm(layer.at("post_attention_layernorm"), seen, epsilon),
                        config.size("intermediate_size"), config.text("hidden_act"));
  return residual(layer, y, sum, "mlp_residual");
}

// (B, S) -> (B, S, channels)
ValueId decode(ModelBuilder& model, const TextInputs& inputs) {
  const Config& config = model.config();
  const Module base = model.at("gpt_neox");
  const int64_t head_size = config.quotient("hidden_size", "num_attention_heads");
  const RotaryTables tables =
      rotary_tables(base.at("rotary_emb"), head_size, model.shape(inputs.ids).back(), inputs.positions);
  const ValueId bias = looking_back(base, inputs);
  std::vector<ValueId> states = {
      embedding(base.at("embed_in"), inputs.ids, config.size("vocab_size"), config.size("hidden_size"))};
  const int64_t layers = config.size("num_hidden_layers");
  for (int64_t i = 0; i < layers; ++i)
    states.push_back(transformer_block(base.at("layers", i), states.back(), tables, bias));
  states.back() = layer_norm(base.at("final_layer_norm"), states.back(), config.number("layer_norm_eps"));
  model.hidden_states(states);
  return states.back();
}

}  // namespace

void register_architecture_gpt_neox(ArchitectureTable& table) {
  TextDecoder decoder{"GPTNeoX", decode};
  decoder.embeddings = "gpt_neox.embed_in";
  decoder.head = "embed_out";
  decoder.other_head = "lm_head";
  decoder.token_classifier = "classifier";
  Architecture neox;
  neox.model_types = {"gpt_neox"};
  neox.prefix = "gpt_neox.";
  neox.defaults = {{"vocab_size", 50432},
                   {"hidden_size", 6144},
                   {"intermediate_size", 24576},
                   {"num_hidden_layers", 44},
                   {"num_attention_heads", 64},
                   {"hidden_act", "gelu"},
                   {"max_position_embeddings", 2048},
                   {"layer_norm_eps", 1e-5},
                   {"attention_bias", true},
                   {"use_parallel_residual", true},
                   {"rope_theta", 10000.0},
                   {"partial_rotary_factor", 0.25},
                   {"tie_word_embeddings", false}};
  neox.heads = text_decoder_heads(decoder);
  table.add(std::move(neox));
}

}  // namespace anemone

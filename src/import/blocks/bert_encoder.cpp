// SPDX-License-Identifier: Apache-2.0
#include "import/blocks/bert_encoder.h"

#include "import/blocks/attention.h"
#include "import/blocks/layers.h"

namespace anemone {
namespace {

// LayerNorm(dense(x) + before)
ValueId joined(const Module& output, ValueId x, ValueId before) {
  const Config& config = output.model().config();
  const ValueId y = linear(output.at("dense"), x, config.size("hidden_size"));
  return layer_norm(output.at("LayerNorm"), residual(output, y, before, "residual"), config.number("layer_norm_eps"));
}

ValueId bert_layer(const Module& layer, ValueId x, std::optional<ValueId> bias) {
  const Config& config = layer.model().config();
  const int64_t channels = config.size("hidden_size");
  const Module attended = layer.at("attention");
  const Module self = attended.at("self");
  const ValueId q = linear(self.at("query"), x, channels);
  const ValueId k = linear(self.at("key"), x, channels);
  const ValueId v = linear(self.at("value"), x, channels);
  const ValueId context = attention(self, q, k, v, config.size("num_attention_heads"), {{}, bias});
  x = joined(attended.at("output"), context, x);
  const Module intermediate = layer.at("intermediate");
  const ValueId wide = linear(intermediate.at("dense"), x, config.size("intermediate_size"));
  return joined(layer.at("output"), activation(intermediate, wide, config.text("hidden_act")), x);
}

ValueId add_token_types(const Module& module, ValueId x, std::optional<ValueId> types) {
  const Config& config = module.model().config();
  const int64_t rows = config.size("type_vocab_size");
  const int64_t channels = config.size("hidden_size");
  if (types) return residual(module, x, embedding(module, *types, rows, channels), "sum");
  const Constant first = module.weight("weight", {rows, channels}).sliced(0, 0, 1).reshaped({1, 1, channels});
  return module.op("add", {{"x", x}, {"y", first}});
}

}  // namespace

ValueId bert_embeddings(const Module& embeddings, const TextInputs& inputs) {
  const Config& config = embeddings.model().config();
  const Module words = embeddings.at("word_embeddings");
  ValueId x = embedding(words, inputs.ids, config.size("vocab_size"), config.size("hidden_size"));
  x = add_token_types(embeddings.at("token_type_embeddings"), x, inputs.types);
  x = add_positions(embeddings.at("position_embeddings"), x, config.size("max_position_embeddings"), inputs.positions);
  return layer_norm(embeddings.at("LayerNorm"), x, config.number("layer_norm_eps"));
}

std::vector<ValueId> bert_encoder(const Module& encoder, ValueId x, std::optional<ValueId> bias) {
  const Config& config = encoder.model().config();
  config.quotient("hidden_size", "num_attention_heads");
  std::vector<ValueId> states = {x};
  const int64_t layers = config.size("num_hidden_layers");
  for (int64_t i = 0; i < layers; ++i) states.push_back(bert_layer(encoder.at("layer", i), states.back(), bias));
  return states;
}

ValueId bert_pooler(const Module& pooler, ValueId hidden) {
  const Module dense = pooler.at("dense");
  const ValueId first = first_position(pooler, hidden);
  return activation(pooler, linear(dense, first, pooler.model().config().size("hidden_size")), "tanh");
}

}  // namespace anemone

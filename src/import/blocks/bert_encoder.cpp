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

}  // namespace

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

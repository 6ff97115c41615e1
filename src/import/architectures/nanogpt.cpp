// SPDX-License-Identifier: Apache-2.0
// nanoGPT (github.com/karpathy/nanoGPT): GPT-2 with weights the usual way round, exact gelu and, where `bias` is off,
// no biases at all. Its ckpt.pt has no config.json beside it: the sizes are in the file, under model_args.
#include "base/error.h"
#include "import/architecture.h"
#include "import/blocks/attention.h"
#include "import/blocks/heads.h"
#include "import/blocks/layers.h"
#include "import/blocks/text_decoder.h"

namespace anemone {
namespace {

constexpr double kEpsilon = 1e-5;

ValueId norm(const Module& module, ValueId x) {
  LayerNormOptions options;
  options.bias = module.model().config().flag("bias");
  return layer_norm(module, x, kEpsilon, options);
}

ValueId self_attention(const Module& attn, ValueId x, ValueId bias) {
  const Config& config = attn.model().config();
  const int64_t channels = config.size("n_embd");
  const bool has_bias = config.flag("bias");
  const Module fused = attn.at("c_attn");
  const Constant weight = fused.weight("weight", {3 * channels, channels});
  std::optional<Constant> biases;
  if (has_bias) biases = fused.weight("bias", {3 * channels});
  const auto part = [&](int64_t i, const char* name) {
    const int64_t begin = i * channels;
    std::optional<Constant> own;
    if (biases) own = biases->sliced(0, begin, begin + channels);
    return linear_of(fused, x, weight.sliced(0, begin, begin + channels), own, name);
  };
  const ValueId q = part(0, "query");
  const ValueId k = part(1, "key");
  const ValueId v = part(2, "value");
  const ValueId context = attention(attn, q, k, v, config.size("n_head"), {{}, bias});
  return linear(attn.at("c_proj"), context, channels, has_bias);
}

ValueId transformer_block(const Module& block, ValueId x, ValueId bias) {
  const Config& config = block.model().config();
  const int64_t channels = config.size("n_embd");
  const bool has_bias = config.flag("bias");
  x = residual(block, x, self_attention(block.at("attn"), norm(block.at("ln_1"), x), bias), "attention_residual");
  const Module mlp = block.at("mlp");
  const ValueId wide = linear(mlp.at("c_fc"), norm(block.at("ln_2"), x), 4 * channels, has_bias);
  return residual(block, x, linear(mlp.at("c_proj"), activation(mlp, wide, "gelu"), channels, has_bias),
                  "mlp_residual");
}

// "logits" of all positions, and of the last one, which is all that the original returns without targets.
void language_model(ModelBuilder& model) {
  const Config& config = model.config();
  config.quotient("n_embd", "n_head");
  TextInputOptions options;
  options.longest = config.size("block_size");
  options.mask_by_default = false;
  options.positions = true;
  const TextInputs inputs = text_inputs(model, options);
  const Module base = model.at("transformer");
  const Module words = base.at("wte");
  const ConcreteShape table = {config.size("vocab_size"), config.size("n_embd")};
  const ValueId bias = looking_back(base, inputs);
  const ValueId embedded = embedding(words, inputs.ids, table[0], table[1]);
  std::vector<ValueId> states = {add_positions(base.at("wpe"), embedded, options.longest, inputs.positions)};
  const int64_t layers = config.size("n_layer");
  for (int64_t i = 0; i < layers; ++i) states.push_back(transformer_block(base.at("h", i), states.back(), bias));
  states.back() = norm(base.at("ln_f"), states.back());
  model.hidden_states(states);
  const Module head = model.at("lm_head");
  const Constant weight = model.weights().tied("lm_head.weight", "transformer.wte.weight", table);
  const ValueId logits = tied_linear(head, states.back(), weight, false);
  model.output("logits", logits);
  const ConcreteShape shape = model.shape(logits);
  const auto size = [&](size_t axis) { return static_cast<int32_t>(shape[axis]); };
  model.optional_output(
      "last_logits",
      head.op("slice_by_index", {{"x", logits}, {"begin", {0, size(1) - 1, 0}}, {"end", {size(0), size(1), size(2)}}},
              "last"));
}

std::optional<Json> recognise(const Json& notes) {
  const auto found = notes.find("model_args");
  if (found == notes.end() || !found->is_object() || !found->contains("n_embd")) return std::nullopt;
  Json config = *found;
  config["model_type"] = "nanogpt";
  return config;
}

}  // namespace

void register_architecture_nanogpt(ArchitectureTable& table) {
  Architecture nanogpt;
  nanogpt.model_types = {"nanogpt"};
  nanogpt.prefix = "transformer.";
  nanogpt.defaults = {{"bias", true}};  // the first revisions had no such key
  nanogpt.heads = {{"GPT", "text-generation", language_model}};
  nanogpt.recognise = recognise;
  table.add(std::move(nanogpt));
}

}  // namespace anemone

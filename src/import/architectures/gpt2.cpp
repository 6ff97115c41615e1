// SPDX-License-Identifier: Apache-2.0
// GPT-2 and its heads (transformers, models/gpt2). Linear weights are stored (in, out), query, key and value in one.
#include <cmath>

#include "base/error.h"
#include "import/architecture.h"
#include "import/blocks/attention.h"
#include "import/blocks/heads.h"
#include "import/blocks/layers.h"

namespace anemone {
namespace {

// What comes later has no influence, so that texts may end before the input does, without a mask.
TextInputs take_inputs(ModelBuilder& model, bool mask_by_default = false) {
  TextInputOptions options;
  options.longest = model.config().size("max_position_embeddings");
  options.mask_by_default = mask_by_default;
  options.types = true;
  options.positions = true;
  return text_inputs(model, options);
}

// Token types are words: their embeddings are added.
ValueId embed(const Module& base, const TextInputs& inputs) {
  const Config& config = base.model().config();
  const int64_t channels = config.size("hidden_size");
  const Module words = base.at("wte");
  ValueId x = embedding(words, inputs.ids, config.size("vocab_size"), channels);
  x = add_positions(base.at("wpe"), x, config.size("max_position_embeddings"), inputs.positions);
  if (!inputs.types) return x;
  return residual(words, x, embedding(words, *inputs.types, config.size("vocab_size"), channels), "types");
}

// reorder_and_upcast_attn keeps scores of half precision from overflowing. Queries are scaled before the product here,
// which does the same, so it makes no difference.
AttentionOptions attention_options(const Config& config, int64_t layer, ValueId bias) {
  double scale = 1;
  if (config.flag("scale_attn_weights"))
    scale = 1 / std::sqrt(static_cast<double>(config.quotient("hidden_size", "num_attention_heads")));
  if (config.flag("scale_attn_by_inverse_layer_idx")) scale /= static_cast<double>(layer + 1);
  return {scale, bias};
}

ValueId self_attention(const Module& attn, ValueId x, const AttentionOptions& options) {
  const Config& config = attn.model().config();
  const int64_t channels = config.size("hidden_size");
  const Module fused = attn.at("c_attn");
  const Constant weight = fused.weight("weight", {channels, 3 * channels});
  const Constant bias = fused.weight("bias", {3 * channels});
  const auto part = [&](int64_t i, const char* name) {
    const int64_t begin = i * channels;
    return linear_of(fused, x, weight.sliced(1, begin, begin + channels).transposed({1, 0}),
                     bias.sliced(0, begin, begin + channels), name);
  };
  const ValueId q = part(0, "query");
  const ValueId k = part(1, "key");
  const ValueId v = part(2, "value");
  return conv1d(attn.at("c_proj"), attention(attn, q, k, v, config.size("num_attention_heads"), options), channels);
}

ValueId transformer_block(const Module& block, ValueId x, const AttentionOptions& options) {
  const Config& config = block.model().config();
  const int64_t channels = config.size("hidden_size");
  const double epsilon = config.number("layer_norm_eps");
  const ValueId attended = self_attention(block.at("attn"), layer_norm(block.at("ln_1"), x, epsilon), options);
  x = residual(block, attended, x, "attention_residual");
  const Module mlp = block.at("mlp");
  const int64_t inner = config.has("intermediate_size") ? config.size("intermediate_size") : 4 * channels;
  const ValueId wide = conv1d(mlp.at("c_fc"), layer_norm(block.at("ln_2"), x, epsilon), inner);
  const ValueId y = conv1d(mlp.at("c_proj"), activation(mlp, wide, config.text("hidden_act")), channels);
  return residual(block, x, y, "mlp_residual");
}

// (B, S) -> (B, S, channels)
ValueId decode(ModelBuilder& model, const TextInputs& inputs) {
  const Config& config = model.config();
  if (config.flag("add_cross_attention")) fail("{}: add_cross_attention is not supported", config.file());
  config.quotient("hidden_size", "num_attention_heads");
  const Module base = model.at("transformer");
  std::vector<ValueId> states = {embed(base, inputs)};
  std::optional<ValueId> bias = causal_bias(base, model.shape(inputs.ids).back());
  if (inputs.mask) bias = sum_of_biases(base, bias, padding_bias(base, *inputs.mask));
  const int64_t layers = config.size("num_hidden_layers");
  for (int64_t i = 0; i < layers; ++i)
    states.push_back(transformer_block(base.at("h", i), states.back(), attention_options(config, i, *bias)));
  states.back() = layer_norm(base.at("ln_f"), states.back(), config.number("layer_norm_eps"));
  model.hidden_states(states);
  return states.back();
}

ValueId decode_text(ModelBuilder& model) { return decode(model, take_inputs(model)); }

void base(ModelBuilder& model) { model.output("last_hidden_state", decode_text(model)); }

void language_model(ModelBuilder& model) {
  const ValueId hidden = decode_text(model);
  const Module head = model.at("lm_head");
  model.output("logits", tied_linear(head, hidden, vocabulary_weight(head, model.at("transformer.wte")), false));
}

// The last position that is not padding speaks for the text; without a padding token the mask must tell it.
void sequence_classification(ModelBuilder& model) {
  const TextInputs inputs = take_inputs(model, !model.config().token("pad_token_id"));
  const ValueId hidden = decode(model, inputs);
  const Module score = model.at("score");
  label_scores(score, last_text_position(score, hidden, inputs), false);
}

void token_classification(ModelBuilder& model) { label_scores(model.at("classifier"), decode_text(model)); }

void question_answering(ModelBuilder& model) { answer_scores(model.at("qa_outputs"), decode_text(model)); }

}  // namespace

void register_architecture_gpt2(ArchitectureTable& table) {
  Architecture gpt2;
  gpt2.model_types = {"gpt2"};
  gpt2.prefix = "transformer.";
  gpt2.defaults = {{"vocab_size", 50257},
                   {"n_embd", 768},
                   {"n_layer", 12},
                   {"n_head", 12},
                   {"n_positions", 1024},
                   {"activation_function", "gelu_new"},
                   {"layer_norm_epsilon", 1e-5},
                   {"scale_attn_weights", true},
                   {"scale_attn_by_inverse_layer_idx", false},
                   {"add_cross_attention", false},
                   {"tie_word_embeddings", true}};
  gpt2.heads = {
      {"GPT2Model", "feature-extraction", base},
      {"GPT2LMHeadModel", "text-generation", language_model},
      {"GPT2ForSequenceClassification", "text-classification", sequence_classification},
      {"GPT2ForTokenClassification", "token-classification", token_classification},
      {"GPT2ForQuestionAnswering", "question-answering", question_answering},
  };
  table.add(std::move(gpt2));
}

}  // namespace anemone

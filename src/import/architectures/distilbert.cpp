// SPDX-License-Identifier: Apache-2.0
// DistilBERT and its heads (transformers, models/distilbert). Positions are always 0 ... S-1, there are no token types
// and no pooler, and layer norm's epsilon is fixed in the class.
#include "import/architecture.h"
#include "import/blocks/attention.h"
#include "import/blocks/heads.h"
#include "import/blocks/layers.h"

namespace anemone {
namespace {

constexpr double kEpsilon = 1e-12;

// ane_transformers.huggingface, Apple's form of the model, stores matrices as convolutions and biases of norms divided
// by their weights.
ValueId norm(const Module& module, ValueId x) {
  const auto shape = module.model().weights().stored_shape("distilbert.transformer.layer.0.attention.q_lin.weight");
  LayerNormOptions options;
  options.bias_first = shape && shape->size() == 4;
  return layer_norm(module, x, kEpsilon, options);
}

ValueId embed(const Module& embeddings, ValueId ids) {
  const Config& config = embeddings.model().config();
  const Module words = embeddings.at("word_embeddings");
  const ValueId x = embedding(words, ids, config.size("vocab_size"), config.size("hidden_size"));
  const ValueId placed = add_positions(embeddings.at("position_embeddings"), x, config.size("max_position_embeddings"));
  return norm(embeddings.at("LayerNorm"), placed);
}

ValueId transformer_block(const Module& layer, ValueId x, std::optional<ValueId> bias) {
  const Config& config = layer.model().config();
  const int64_t channels = config.size("hidden_size");
  const Module self = layer.at("attention");
  const ValueId q = linear(self.at("q_lin"), x, channels);
  const ValueId k = linear(self.at("k_lin"), x, channels);
  const ValueId v = linear(self.at("v_lin"), x, channels);
  const ValueId context = attention(self, q, k, v, config.size("num_attention_heads"), {{}, bias});
  const ValueId attended = linear(self.at("out_lin"), context, channels);
  x = norm(layer.at("sa_layer_norm"), residual(layer, attended, x, "attention_residual"));
  const Module ffn = layer.at("ffn");
  const ValueId y = mlp(ffn.at("lin1"), ffn.at("lin2"), x, config.size("intermediate_size"), config.text("hidden_act"));
  return norm(layer.at("output_layer_norm"), residual(layer, y, x, "ffn_residual"));
}

// (B, S) -> (B, S, channels)
ValueId encode(ModelBuilder& model, const TextInputs& inputs) {
  model.config().quotient("hidden_size", "num_attention_heads");
  const Module base = model.at("distilbert");
  std::optional<ValueId> bias;
  if (inputs.mask) bias = padding_bias(base, *inputs.mask);
  std::vector<ValueId> states = {embed(base.at("embeddings"), inputs.ids)};
  const int64_t layers = model.config().size("num_hidden_layers");
  for (int64_t i = 0; i < layers; ++i)
    states.push_back(transformer_block(base.at("transformer").at("layer", i), states.back(), bias));
  model.hidden_states(states);
  return states.back();
}

TextInputs take_inputs(ModelBuilder& model, bool choices = false) {
  TextInputOptions options;
  options.longest = model.config().size("max_position_embeddings");
  options.choices = choices;
  return text_inputs(model, options);
}

ValueId encode_text(ModelBuilder& model) { return encode(model, take_inputs(model)); }

// What the classifier of a whole text sees.
ValueId pooled(ModelBuilder& model, ValueId hidden) {
  const Module pre = model.at("pre_classifier");
  const ValueId first = first_position(model.at("distilbert"), hidden);
  return activation(pre, linear(pre, first, model.config().size("hidden_size")), "relu");
}

void base(ModelBuilder& model) { model.output("last_hidden_state", encode_text(model)); }

void sequence_classification(ModelBuilder& model) {
  label_scores(model.at("classifier"), pooled(model, encode_text(model)));
}

void token_classification(ModelBuilder& model) { label_scores(model.at("classifier"), encode_text(model)); }

void masked_language_model(ModelBuilder& model) {
  const Config& config = model.config();
  const ValueId hidden = encode_text(model);
  const Module transform = model.at("vocab_transform");
  const ValueId x =
      activation(transform, linear(transform, hidden, config.size("hidden_size")), config.text("hidden_act"));
  const Module projector = model.at("vocab_projector");
  const Constant weight = vocabulary_weight(projector, model.at("distilbert.embeddings.word_embeddings"));
  model.output("logits", tied_linear(projector, norm(model.at("vocab_layer_norm"), x), weight));
}

void question_answering(ModelBuilder& model) { answer_scores(model.at("qa_outputs"), encode_text(model)); }

void multiple_choice(ModelBuilder& model) {
  const TextInputs inputs = take_inputs(model, true);
  choice_scores(model.at("classifier"), pooled(model, encode(model, inputs)), inputs);
}

}  // namespace

void register_architecture_distilbert(ArchitectureTable& table) {
  Architecture distilbert;
  distilbert.model_types = {"distilbert"};
  distilbert.prefix = "distilbert.";
  distilbert.defaults = {{"vocab_size", 30522},  {"dim", 768},
                         {"n_layers", 6},        {"n_heads", 12},
                         {"hidden_dim", 3072},   {"max_position_embeddings", 512},
                         {"activation", "gelu"}, {"tie_word_embeddings", true}};
  distilbert.heads = {
      {"DistilBertModel", "feature-extraction", base},
      {"DistilBertForSequenceClassification", "text-classification", sequence_classification},
      {"DistilBertForTokenClassification", "token-classification", token_classification},
      {"DistilBertForMaskedLM", "fill-mask", masked_language_model},
      {"DistilBertForQuestionAnswering", "question-answering", question_answering},
      {"DistilBertForMultipleChoice", "multiple-choice", multiple_choice},
  };
  table.add(std::move(distilbert));
}

}  // namespace anemone

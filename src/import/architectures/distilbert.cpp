// SPDX-License-Identifier: Apache-2.0
// DistilBERT and its heads (transformers, models/distilbert). Positions are always 0 ... S-1, there are no token types
// and no pooler, and layer norm's epsilon is fixed in the class.
#include "base/error.h"
#include "import/architecture.h"
#include "import/blocks/attention.h"
#include "import/blocks/layers.h"

namespace anemone {
namespace {

constexpr double kEpsilon = 1e-12;
constexpr int64_t kUsualChoices = 2;  // no configuration says how many answers a question has

// The inputs of every head.
struct Inputs {
  ValueId ids;
  std::optional<ValueId> mask;
};

Inputs take_inputs(ModelBuilder& model, const ConcreteShape& before_sequence) {
  ConcreteShape shape = before_sequence;
  shape.push_back(model.sequence_length(model.config().size("max_position_embeddings")));
  const ValueId ids = model.input("input_ids", shape);
  const auto mask = model.optional_input("attention_mask", model.shape(ids), /*by_default=*/true);
  if (mask && model.shape(*mask) != model.shape(ids))
    fail("--shape: attention_mask has shape {}, expected {} as input_ids", to_string(model.shape(*mask)),
         to_string(model.shape(ids)));
  return {ids, mask};
}

ValueId embed(const Module& embeddings, ValueId ids) {
  const Config& config = embeddings.model().config();
  const Module words = embeddings.at("word_embeddings");
  const ValueId x = embedding(words, ids, config.size("vocab_size"), config.size("hidden_size"));
  const ValueId placed = add_positions(embeddings.at("position_embeddings"), x, config.size("max_position_embeddings"));
  return layer_norm(embeddings.at("LayerNorm"), placed, kEpsilon);
}

ValueId transformer_block(const Module& layer, ValueId x, std::optional<ValueId> bias) {
  const Config& config = layer.model().config();
  const int64_t channels = config.size("hidden_size");
  const Module self = layer.at("attention");
  const ValueId q = linear(self.at("q_lin"), x, channels);
  const ValueId k = linear(self.at("k_lin"), x, channels);
  const ValueId v = linear(self.at("v_lin"), x, channels);
  const ValueId context = attention(self, q, k, v, config.size("num_attention_heads"), bias);
  const ValueId attended = linear(self.at("out_lin"), context, channels);
  x = layer_norm(layer.at("sa_layer_norm"), residual(layer, attended, x, "attention_residual"), kEpsilon);
  const Module ffn = layer.at("ffn");
  const ValueId y = mlp(ffn.at("lin1"), ffn.at("lin2"), x, config.size("intermediate_size"), config.text("hidden_act"));
  return layer_norm(layer.at("output_layer_norm"), residual(layer, y, x, "ffn_residual"), kEpsilon);
}

// (B, S) -> (B, S, channels)
ValueId encode(ModelBuilder& model, const Inputs& inputs) {
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

ValueId encode_text(ModelBuilder& model) { return encode(model, take_inputs(model, {model.batch()})); }

// What the classifier of a whole text sees.
ValueId pooled(ModelBuilder& model, ValueId hidden) {
  const Module pre = model.at("pre_classifier");
  const ValueId first = first_position(model.at("distilbert"), hidden);
  return activation(pre, linear(pre, first, model.config().size("hidden_size")), "relu");
}

void base(ModelBuilder& model) { model.output("last_hidden_state", encode_text(model)); }

void sequence_classification(ModelBuilder& model) {
  const ValueId x = pooled(model, encode_text(model));
  model.output("logits", linear(model.at("classifier"), x, static_cast<int64_t>(model.config().labels().size())));
}

void token_classification(ModelBuilder& model) {
  const ValueId x = encode_text(model);
  model.output("logits", linear(model.at("classifier"), x, static_cast<int64_t>(model.config().labels().size())));
}

void masked_language_model(ModelBuilder& model) {
  const Config& config = model.config();
  const ConcreteShape table = {config.size("vocab_size"), config.size("hidden_size")};
  const ValueId hidden = encode_text(model);
  const Module transform = model.at("vocab_transform");
  const ValueId x = activation(transform, linear(transform, hidden, table[1]), config.text("hidden_act"));
  const Module projector = model.at("vocab_projector");
  const Constant weight =
      config.flag("tie_word_embeddings")
          ? model.weights().tied("vocab_projector.weight", "distilbert.embeddings.word_embeddings.weight", table)
          : projector.weight("weight", table);
  model.output("logits", tied_linear(projector, layer_norm(model.at("vocab_layer_norm"), x, kEpsilon), weight));
}

void question_answering(ModelBuilder& model) {
  const Module head = model.at("qa_outputs");
  const ValueId scores = linear(head, encode_text(model), 2);
  const std::vector<ValueId> ends = head.ops("split", {{"x", scores}, {"num_splits", 2}, {"axis", -1}}, "split");
  model.output("start_logits", head.op("squeeze", {{"x", ends[0]}, {"axes", {-1}}}, "start"));
  model.output("end_logits", head.op("squeeze", {{"x", ends[1]}, {"axes", {-1}}}, "end"));
}

// The choices of a question are a batch of texts with one score each.
void multiple_choice(ModelBuilder& model) {
  Inputs inputs = take_inputs(model, {model.batch(), kUsualChoices});
  const Module base_model = model.at("distilbert");
  const ConcreteShape shape = model.shape(inputs.ids);
  const auto as_batch = [&](ValueId value, const char* part) {
    const auto texts = static_cast<int32_t>(shape[0] * shape[1]);
    return base_model.op("reshape", {{"x", value}, {"shape", {texts, static_cast<int32_t>(shape[2])}}}, part);
  };
  inputs.ids = as_batch(inputs.ids, "flat_input_ids");
  if (inputs.mask) inputs.mask = as_batch(*inputs.mask, "flat_attention_mask");
  const Module head = model.at("classifier");
  const ValueId scores = linear(head, pooled(model, encode(model, inputs)), 1);
  const std::vector<int32_t> result = {static_cast<int32_t>(shape[0]), static_cast<int32_t>(shape[1])};
  model.output("logits", head.op("reshape", {{"x", scores}, {"shape", result}}, "choices"));
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

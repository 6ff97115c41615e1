// SPDX-License-Identifier: Apache-2.0
// MPNet and its heads (transformers, models/mpnet): BERT's layers under names of its own, positions as RoBERTa counts
// them, and distances between tokens added to the scores of attention.
#include "import/architecture.h"
#include "import/blocks/attention.h"
#include "import/blocks/bert_encoder.h"
#include "import/blocks/heads.h"
#include "import/blocks/layers.h"
#include "import/blocks/relative_bias.h"

namespace anemone {
namespace {

constexpr int32_t kPadding = 1;  // in the class, whatever pad_token_id says
constexpr int64_t kBuckets = 32;
constexpr int64_t kLongestDistance = 128;

TextInputs take_inputs(ModelBuilder& model, bool choices = false) {
  TextInputOptions options;
  options.longest = model.config().size("max_position_embeddings") - kPadding - 1;
  options.positions = true;
  options.choices = choices;
  return text_inputs(model, options);
}

ValueId embed(const Module& embeddings, const TextInputs& inputs) {
  const Config& config = embeddings.model().config();
  const ValueId words =
      embedding(embeddings.at("word_embeddings"), inputs.ids, config.size("vocab_size"), config.size("hidden_size"));
  const ValueId positions =
      inputs.positions ? *inputs.positions : positions_beside_padding(embeddings, inputs.ids, kPadding);
  const ValueId x =
      add_positions(embeddings.at("position_embeddings"), words, config.size("max_position_embeddings"), positions);
  return layer_norm(embeddings.at("LayerNorm"), x, config.number("layer_norm_eps"));
}

ValueId transformer_block(const Module& layer, ValueId x, ValueId bias) {
  const Config& config = layer.model().config();
  const int64_t channels = config.size("hidden_size");
  const double epsilon = config.number("layer_norm_eps");
  const Module attended = layer.at("attention");
  const Module self = attended.at("attn");
  const ValueId q = linear(self.at("q"), x, channels);
  const ValueId k = linear(self.at("k"), x, channels);
  const ValueId v = linear(self.at("v"), x, channels);
  const ValueId context = attention(self, q, k, v, config.size("num_attention_heads"), {{}, bias});
  const ValueId y = linear(self.at("o"), context, channels);
  x = layer_norm(attended.at("LayerNorm"), residual(attended, y, x, "residual"), epsilon);
  const Module output = layer.at("output");
  const ValueId wide = mlp(layer.at("intermediate.dense"), output.at("dense"), x, config.size("intermediate_size"),
                           config.text("hidden_act"));
  return layer_norm(output.at("LayerNorm"), residual(output, wide, x, "residual"), epsilon);
}

// (B, S) -> (B, S, channels)
ValueId encode(ModelBuilder& model, const TextInputs& inputs) {
  const Config& config = model.config();
  config.quotient("hidden_size", "num_attention_heads");
  const Module base = model.at("mpnet");
  const Module encoder = base.at("encoder");
  const int64_t length = model.shape(inputs.ids).back();
  const RelativeBias distances{config.size("num_attention_heads"), config.size("relative_attention_num_buckets"),
                               kBuckets, kLongestDistance, true};
  const Module table = encoder.at("relative_attention_bias");
  std::optional<ValueId> bias = table.constant(relative_bias(table, distances, length, length), "distances");
  if (inputs.mask) bias = sum_of_biases(base, bias, padding_bias(base, *inputs.mask));
  std::vector<ValueId> states = {embed(base.at("embeddings"), inputs)};
  const int64_t layers = config.size("num_hidden_layers");
  for (int64_t i = 0; i < layers; ++i)
    states.push_back(transformer_block(encoder.at("layer", i), states.back(), *bias));
  model.hidden_states(states);
  return states.back();
}

ValueId encode_text(ModelBuilder& model) { return encode(model, take_inputs(model)); }

// Checkpoints of models that do not need the pooler lack it.
void base(ModelBuilder& model) {
  const ValueId hidden = encode_text(model);
  const Module pooler = model.at("mpnet.pooler");
  model.output("last_hidden_state", hidden);
  if (pooler.has("dense.weight")) model.output("pooler_output", bert_pooler(pooler, hidden));
}

void sequence_classification(ModelBuilder& model) {
  const Module head = model.at("classifier");
  const ValueId first = first_position(head, encode_text(model));
  const Module dense = head.at("dense");
  label_scores(head.at("out_proj"),
               activation(dense, linear(dense, first, model.config().size("hidden_size")), "tanh"));
}

void token_classification(ModelBuilder& model) { label_scores(model.at("classifier"), encode_text(model)); }

void masked_language_model(ModelBuilder& model) {
  const Config& config = model.config();
  const Module head = model.at("lm_head");
  const Module dense = head.at("dense");
  const ValueId x = activation(dense, linear(dense, encode_text(model), config.size("hidden_size")), "gelu");
  const ValueId normal = layer_norm(head.at("layer_norm"), x, config.number("layer_norm_eps"));
  const Module decoder = head.at("decoder");
  const Constant weight = vocabulary_weight(decoder, model.at("mpnet.embeddings.word_embeddings"));
  const Constant bias = model.weights().tied("lm_head.decoder.bias", "lm_head.bias", {config.size("vocab_size")});
  model.output("logits", linear_of(decoder, normal, weight, bias));
}

void question_answering(ModelBuilder& model) { answer_scores(model.at("qa_outputs"), encode_text(model)); }

void multiple_choice(ModelBuilder& model) {
  const TextInputs inputs = take_inputs(model, true);
  const ValueId pooled = bert_pooler(model.at("mpnet.pooler"), encode(model, inputs));
  choice_scores(model.at("classifier"), pooled, inputs);
}

}  // namespace

void register_architecture_mpnet(ArchitectureTable& table) {
  Architecture mpnet;
  mpnet.model_types = {"mpnet"};
  mpnet.prefix = "mpnet.";
  mpnet.defaults = {{"vocab_size", 30527},
                    {"hidden_size", 768},
                    {"num_hidden_layers", 12},
                    {"num_attention_heads", 12},
                    {"intermediate_size", 3072},
                    {"hidden_act", "gelu"},
                    {"max_position_embeddings", 512},
                    {"relative_attention_num_buckets", 32},
                    {"layer_norm_eps", 1e-12},
                    {"tie_word_embeddings", true}};
  mpnet.heads = {
      {"MPNetModel", "feature-extraction", base},
      {"MPNetForSequenceClassification", "text-classification", sequence_classification},
      {"MPNetForTokenClassification", "token-classification", token_classification},
      {"MPNetForMaskedLM", "fill-mask", masked_language_model},
      {"MPNetForQuestionAnswering", "question-answering", question_answering},
      {"MPNetForMultipleChoice", "multiple-choice", multiple_choice},
  };
  table.add(std::move(mpnet));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// BERT and its heads (transformers, models/bert). Token types count as 0 where they are no input. A model that was
// trained as a decoder (is_decoder) looks back only.
#include "base/error.h"
#include "import/architecture.h"
#include "import/blocks/attention.h"
#include "import/blocks/bert_encoder.h"
#include "import/blocks/heads.h"
#include "import/blocks/layers.h"

namespace anemone {
namespace {

TextInputs take_inputs(ModelBuilder& model, bool choices = false) {
  TextInputOptions options;
  options.longest = model.config().size("max_position_embeddings");
  options.types = true;
  options.positions = true;
  options.choices = choices;
  return text_inputs(model, options);
}

void refuse_what_differs(const Config& config) {
  if (const std::string kind = config.text("position_embedding_type"); kind != "absolute")
    fail("{}: position_embedding_type {} is not supported: expected absolute", config.file(), kind);
  if (config.flag("add_cross_attention")) fail("{}: add_cross_attention is not supported", config.file());
}

// (B, S) -> (B, S, channels)
ValueId encode(ModelBuilder& model, const TextInputs& inputs) {
  refuse_what_differs(model.config());
  const Module base = model.at("bert");
  std::optional<ValueId> padding;
  std::optional<ValueId> causal;
  if (inputs.mask) padding = padding_bias(base, *inputs.mask);
  if (model.config().flag("is_decoder")) causal = causal_bias(base, model.shape(inputs.ids).back());
  const ValueId x = bert_embeddings(base.at("embeddings"), inputs);
  const std::vector<ValueId> states = bert_encoder(base.at("encoder"), x, sum_of_biases(base, causal, padding));
  model.hidden_states(states);
  return states.back();
}

ValueId encode_text(ModelBuilder& model) { return encode(model, take_inputs(model)); }

ValueId pooled(ModelBuilder& model, ValueId hidden) { return bert_pooler(model.at("bert.pooler"), hidden); }

// Checkpoints of models that do not need the pooler lack it.
void base(ModelBuilder& model) {
  const ValueId hidden = encode_text(model);
  model.output("last_hidden_state", hidden);
  if (model.at("bert.pooler").has("dense.weight")) model.output("pooler_output", pooled(model, hidden));
}

void sequence_classification(ModelBuilder& model) {
  label_scores(model.at("classifier"), pooled(model, encode_text(model)));
}

void token_classification(ModelBuilder& model) { label_scores(model.at("classifier"), encode_text(model)); }

// A score for each word: (B, S, channels) -> (B, S, words). The bias stands beside the decoder or in it.
ValueId word_scores(ModelBuilder& model, ValueId hidden) {
  const Config& config = model.config();
  const Module predictions = model.at("cls.predictions");
  const Module dense = predictions.at("transform.dense");
  const ValueId x = activation(dense, linear(dense, hidden, config.size("hidden_size")), config.text("hidden_act"));
  const ValueId normal = layer_norm(predictions.at("transform.LayerNorm"), x, config.number("layer_norm_eps"));
  const Module decoder = predictions.at("decoder");
  const Constant weight = vocabulary_weight(decoder, model.at("bert.embeddings.word_embeddings"));
  const Constant bias =
      model.weights().tied(decoder.path() + ".bias", predictions.path() + ".bias", {config.size("vocab_size")});
  return linear_of(decoder, normal, weight, bias);
}

ValueId order_scores(ModelBuilder& model, ValueId hidden) {
  return linear(model.at("cls.seq_relationship"), pooled(model, hidden), 2);
}

void language_model(ModelBuilder& model) { model.output("logits", word_scores(model, encode_text(model))); }

void next_sentence_prediction(ModelBuilder& model) { model.output("logits", order_scores(model, encode_text(model))); }

void pretraining(ModelBuilder& model) {
  const ValueId hidden = encode_text(model);
  model.output("prediction_logits", word_scores(model, hidden));
  model.output("seq_relationship_logits", order_scores(model, hidden));
}

void question_answering(ModelBuilder& model) { answer_scores(model.at("qa_outputs"), encode_text(model)); }

void multiple_choice(ModelBuilder& model) {
  const TextInputs inputs = take_inputs(model, true);
  choice_scores(model.at("classifier"), pooled(model, encode(model, inputs)), inputs);
}

}  // namespace

void register_architecture_bert(ArchitectureTable& table) {
  Architecture bert;
  bert.model_types = {"bert"};
  bert.prefix = "bert.";
  bert.defaults = {{"vocab_size", 30522},
                   {"hidden_size", 768},
                   {"num_hidden_layers", 12},
                   {"num_attention_heads", 12},
                   {"intermediate_size", 3072},
                   {"hidden_act", "gelu"},
                   {"max_position_embeddings", 512},
                   {"type_vocab_size", 2},
                   {"layer_norm_eps", 1e-12},
                   {"position_embedding_type", "absolute"},
                   {"is_decoder", false},
                   {"add_cross_attention", false},
                   {"tie_word_embeddings", true}};
  bert.heads = {
      {"BertModel", "feature-extraction", base},
      {"BertForSequenceClassification", "text-classification", sequence_classification},
      {"BertForTokenClassification", "token-classification", token_classification},
      {"BertForMaskedLM", "fill-mask", language_model},
      {"BertLMHeadModel", "text-generation", language_model},
      {"BertForQuestionAnswering", "question-answering", question_answering},
      {"BertForMultipleChoice", "multiple-choice", multiple_choice},
      {"BertForNextSentencePrediction", "next-sentence-prediction", next_sentence_prediction},
      {"BertForPreTraining", "pretraining", pretraining},
  };
  table.add(std::move(bert));
}

}  // namespace anemone

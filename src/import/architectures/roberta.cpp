// SPDX-License-Identifier: Apache-2.0
// RoBERTa, XLM-RoBERTa, CamemBERT and their heads (transformers, models/roberta): BERT's encoder, positions that count
// text only and begin after the padding token's number, and heads of their own.
#include "base/error.h"
#include "import/architecture.h"
#include "import/blocks/attention.h"
#include "import/blocks/bert_encoder.h"
#include "import/blocks/heads.h"
#include "import/blocks/layers.h"

namespace anemone {
namespace {

int32_t padding(const Config& config) {
  const auto token = config.token("pad_token_id");
  if (!token) fail("{}: has no pad_token_id, from which positions count", config.file());
  return *token;
}

TextInputs take_inputs(ModelBuilder& model, bool choices = false) {
  const Config& config = model.config();
  TextInputOptions options;
  options.longest = config.size("max_position_embeddings") - padding(config) - 1;
  if (options.longest < 1) fail("{}: max_position_embeddings leaves no positions after padding", config.file());
  options.types = true;
  options.positions = true;
  options.choices = choices;
  TextInputs inputs = text_inputs(model, options);
  if (model.shape(inputs.ids).back() > options.longest)
    fail("--sequence-length: {} is more than the {} positions of the model", model.shape(inputs.ids).back(),
         options.longest);
  return inputs;
}

void refuse_what_differs(const Config& config) {
  if (const std::string kind = config.text("position_embedding_type"); kind != "absolute")
    fail("{}: position_embedding_type {} is not supported: expected absolute", config.file(), kind);
  if (config.flag("add_cross_attention")) fail("{}: add_cross_attention is not supported", config.file());
}

// (B, S) -> (B, S, channels)
ValueId encode(ModelBuilder& model, TextInputs inputs) {
  const Config& config = model.config();
  refuse_what_differs(config);
  const Module base = model.at("roberta");
  const Module embeddings = base.at("embeddings");
  if (!inputs.positions) inputs.positions = positions_beside_padding(embeddings, inputs.ids, padding(config));
  std::optional<ValueId> masked;
  std::optional<ValueId> causal;
  if (inputs.mask) masked = padding_bias(base, *inputs.mask);
  if (config.flag("is_decoder")) causal = causal_bias(base, model.shape(inputs.ids).back());
  const std::vector<ValueId> states =
      bert_encoder(base.at("encoder"), bert_embeddings(embeddings, inputs), sum_of_biases(base, causal, masked));
  model.hidden_states(states);
  return states.back();
}

ValueId encode_text(ModelBuilder& model) { return encode(model, take_inputs(model)); }

// Checkpoints of models that do not need the pooler lack it.
void base(ModelBuilder& model) {
  const ValueId hidden = encode_text(model);
  const Module pooler = model.at("roberta.pooler");
  model.output("last_hidden_state", hidden);
  if (pooler.has("dense.weight")) model.output("pooler_output", bert_pooler(pooler, hidden));
}

void sequence_classification(ModelBuilder& model) {
  const Module head = model.at("classifier");
  const ValueId first = first_position(head, encode_text(model));
  const Module dense = head.at("dense");
  const ValueId x = activation(dense, linear(dense, first, model.config().size("hidden_size")), "tanh");
  label_scores(head.at("out_proj"), x);
}

void token_classification(ModelBuilder& model) { label_scores(model.at("classifier"), encode_text(model)); }

// A score for each word. The bias stands beside the decoder or in it.
void language_model(ModelBuilder& model) {
  const Config& config = model.config();
  const Module head = model.at("lm_head");
  const Module dense = head.at("dense");
  const ValueId x = activation(dense, linear(dense, encode_text(model), config.size("hidden_size")), "gelu");
  const ValueId normal = layer_norm(head.at("layer_norm"), x, config.number("layer_norm_eps"));
  const Module decoder = head.at("decoder");
  const Constant weight = vocabulary_weight(decoder, model.at("roberta.embeddings.word_embeddings"));
  const Constant bias = model.weights().tied("lm_head.decoder.bias", "lm_head.bias", {config.size("vocab_size")});
  model.output("logits", linear_of(decoder, normal, weight, bias));
}

void question_answering(ModelBuilder& model) { answer_scores(model.at("qa_outputs"), encode_text(model)); }

void multiple_choice(ModelBuilder& model) {
  const TextInputs inputs = take_inputs(model, true);
  const ValueId pooled = bert_pooler(model.at("roberta.pooler"), encode(model, inputs));
  choice_scores(model.at("classifier"), pooled, inputs);
}

Architecture member(const std::string& model_type, const std::string& family, int64_t words) {
  Architecture architecture;
  architecture.model_types = {model_type};
  architecture.prefix = "roberta.";
  architecture.defaults = {{"vocab_size", words},
                           {"hidden_size", 768},
                           {"num_hidden_layers", 12},
                           {"num_attention_heads", 12},
                           {"intermediate_size", 3072},
                           {"hidden_act", "gelu"},
                           {"max_position_embeddings", 512},
                           {"type_vocab_size", 2},
                           {"layer_norm_eps", 1e-12},
                           {"pad_token_id", 1},
                           {"position_embedding_type", "absolute"},
                           {"is_decoder", false},
                           {"add_cross_attention", false},
                           {"tie_word_embeddings", true}};
  architecture.heads = {
      {family + "Model", "feature-extraction", base},
      {family + "ForSequenceClassification", "text-classification", sequence_classification},
      {family + "ForTokenClassification", "token-classification", token_classification},
      {family + "ForMaskedLM", "fill-mask", language_model},
      {family + "ForCausalLM", "text-generation", language_model},
      {family + "ForQuestionAnswering", "question-answering", question_answering},
      {family + "ForMultipleChoice", "multiple-choice", multiple_choice},
  };
  return architecture;
}

}  // namespace

void register_architecture_roberta(ArchitectureTable& table) {
  table.add(member("roberta", "Roberta", 50265));
  table.add(member("xlm-roberta", "XLMRoberta", 30522));
  table.add(member("camembert", "Camembert", 30522));
}

}  // namespace anemone

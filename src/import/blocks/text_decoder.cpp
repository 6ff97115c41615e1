// SPDX-License-Identifier: Apache-2.0
#include "import/blocks/text_decoder.h"

#include "import/blocks/attention.h"
#include "import/blocks/heads.h"
#include "import/blocks/layers.h"

namespace anemone {
namespace {

// What comes later has no influence, so that texts may end before the input does, without a mask.
ValueId decoded(const TextDecoder& decoder, ModelBuilder& model) {
  TextInputOptions options;
  options.longest = model.config().size("max_position_embeddings");
  options.mask_by_default = false;
  options.positions = true;
  return decoder.hidden_states(model, text_inputs(model, options));
}

void language_model(const TextDecoder& decoder, ModelBuilder& model) {
  const ValueId hidden = decoded(decoder, model);
  const Module usual = model.at(decoder.head);
  const bool other = !decoder.other_head.empty() && !usual.has("weight");
  const Module head = other ? model.at(decoder.other_head) : usual;
  const Constant weight = vocabulary_weight(head, model.at(decoder.embeddings));
  model.output("logits", tied_linear(head, hidden, weight, decoder.head_bias));
}

// The last position that is not padding speaks for the text; without a padding token the mask must tell it.
void text_classification(const TextDecoder& decoder, ModelBuilder& model) {
  TextInputOptions options;
  options.longest = model.config().size("max_position_embeddings");
  options.mask_by_default = !model.config().token("pad_token_id");
  options.positions = true;
  const TextInputs inputs = text_inputs(model, options);
  const ValueId hidden = decoder.hidden_states(model, inputs);
  const Module score = model.at("score");
  label_scores(score, last_text_position(score, hidden, inputs), false);
}

}  // namespace

std::vector<Head> text_decoder_heads(const TextDecoder& decoder) {
  const auto name = [&](const char* end) { return decoder.family + end; };
  std::vector<Head> heads = {
      {name("Model"), "feature-extraction",
       [=](ModelBuilder& model) { model.output("last_hidden_state", decoded(decoder, model)); }},
      {name("ForCausalLM"), "text-generation", [=](ModelBuilder& model) { language_model(decoder, model); }}};
  if (decoder.classifies_texts)
    heads.push_back({name("ForSequenceClassification"), "text-classification",
                     [=](ModelBuilder& model) { text_classification(decoder, model); }});
  if (decoder.classifies_tokens)
    heads.push_back({name("ForTokenClassification"), "token-classification", [=](ModelBuilder& model) {
                       label_scores(model.at(decoder.token_classifier), decoded(decoder, model));
                     }});
  if (decoder.answers_questions)
    heads.push_back({name("ForQuestionAnswering"), "question-answering",
                     [=](ModelBuilder& model) { answer_scores(model.at("qa_outputs"), decoded(decoder, model)); }});
  return heads;
}

ValueId looking_back(const Module& module, const TextInputs& inputs, int64_t window) {
  const ValueId bias = causal_bias(module, module.model().shape(inputs.ids).back(), window);
  if (!inputs.mask) return bias;
  return *sum_of_biases(module, bias, padding_bias(module, *inputs.mask));
}

}  // namespace anemone

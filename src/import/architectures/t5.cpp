// SPDX-License-Identifier: Apache-2.0
// T5 and its heads (transformers, models/t5): an encoder and a decoder whose attention knows distances and does not
// scale its scores. The decoder takes the encoder's result as an input instead where that is asked for, so that a host
// encodes once and decodes many times.
#include <cmath>

#include "base/error.h"
#include "import/architecture.h"
#include "import/blocks/attention.h"
#include "import/blocks/heads.h"
#include "import/blocks/layers.h"
#include "import/blocks/relative_bias.h"

namespace anemone {
namespace {

constexpr int64_t kUsualLength = 512;  // there is no longest: positions are relative

ValueId norm(const Module& module, ValueId x) {
  return rms_norm(module, x, module.model().config().number("layer_norm_eps"));
}

// Scores of queries from x against keys and values from `memory`.
ValueId attend_to(const Module& place, ValueId x, ValueId memory, std::optional<ValueId> bias) {
  const Config& config = place.model().config();
  const int64_t heads = config.size("num_heads");
  const int64_t inner = heads * config.size("d_kv");
  const ValueId q = linear(place.at("q"), x, inner, false);
  const ValueId k = linear(place.at("k"), memory, inner, false);
  const ValueId v = linear(place.at("v"), memory, inner, false);
  const ValueId context = attention(place, q, k, v, heads, {1.0, bias});
  return linear(place.at("o"), context, config.size("hidden_size"), false);
}

// "relu", or "gated-gelu" whose gelu is the approximation.
ValueId feed_forward(const Module& dense, ValueId x) {
  const Config& config = dense.model().config();
  const std::string kind = config.text("feed_forward_proj");
  const int64_t inner = config.size("d_ff");
  if (!kind.starts_with("gated-")) {
    const ValueId wide = activation(dense, linear(dense.at("wi"), x, inner, false), kind);
    return linear(dense.at("wo"), wide, config.size("hidden_size"), false);
  }
  const std::string name = kind == "gated-gelu" ? "gelu_new" : kind.substr(std::string("gated-").size());
  return gated_mlp({dense.at("wi_0"), dense.at("wi_1"), dense.at("wo")}, x, inner, name);
}

// What an encoder and a decoder have in common; a decoder has a memory.
struct Stack {
  Module module;
  int64_t layers;
  std::optional<ValueId> bias;         // of attention to itself
  std::optional<ValueId> memory;       // (B, keys, channels)
  std::optional<ValueId> memory_bias;  // of attention to that
};

// (B, S, channels): the embeddings, then what each layer makes of them, the last after the norm.
std::vector<ValueId> run(const Stack& stack, ValueId x) {
  std::vector<ValueId> states = {x};
  for (int64_t i = 0; i < stack.layers; ++i) {
    const Module block = stack.module.at("block", i);
    const Module self = block.at("layer", 0);
    const ValueId normal = norm(self.at("layer_norm"), x);
    x = residual(self, x, attend_to(self.at("SelfAttention"), normal, normal, stack.bias), "residual");
    if (stack.memory) {
      const Module cross = block.at("layer", 1);
      const ValueId query = norm(cross.at("layer_norm"), x);
      const ValueId seen = attend_to(cross.at("EncDecAttention"), query, *stack.memory, stack.memory_bias);
      x = residual(cross, x, seen, "residual");
    }
    const Module wide = block.at("layer", stack.memory ? 2 : 1);
    x = residual(wide, x, feed_forward(wide.at("DenseReluDense"), norm(wide.at("layer_norm"), x)), "residual");
    states.push_back(x);
  }
  states.back() = norm(stack.module.at("final_layer_norm"), states.back());
  return states;
}

ValueId distances(const Module& stack, bool both_ways, int64_t length) {
  const Config& config = stack.model().config();
  const int64_t buckets = config.size("relative_attention_num_buckets");
  const Module table = stack.at("block.0.layer.0.SelfAttention.relative_attention_bias");
  const RelativeBias kind{config.size("num_heads"), buckets, buckets, config.size("relative_attention_max_distance"),
                          both_ways};
  return table.constant(relative_bias(table, kind, length, length), "distances");
}

// Encoder and decoder share their table, under names of their own or one.
ValueId embed(const Module& stack, ValueId ids) {
  const Config& config = stack.model().config();
  const Module words = stack.at("embed_tokens");
  const Constant table = stack.model().weights().tied(words.path() + ".weight", "shared.weight",
                                                      {config.size("vocab_size"), config.size("hidden_size")});
  return gathered(words, table, ids);
}

TextInputs take_inputs(ModelBuilder& model) {
  TextInputOptions options;
  options.longest = kUsualLength;
  return text_inputs(model, options);
}

std::vector<ValueId> encode(ModelBuilder& model, const TextInputs& inputs) {
  const Module encoder = model.at("encoder");
  Stack stack{
      encoder, model.config().size("num_layers"), distances(encoder, true, model.shape(inputs.ids).back()), {}, {}};
  if (inputs.mask) stack.bias = sum_of_biases(encoder, stack.bias, padding_bias(encoder, *inputs.mask));
  return run(stack, embed(encoder, inputs.ids));
}

// What the decoder looks at.
struct Memory {
  ValueId states;
  std::optional<ValueId> mask;
};

ValueId decode(ModelBuilder& model, ValueId ids, const Memory& memory, std::optional<ValueId> mask = {}) {
  const Config& config = model.config();
  const Module decoder = model.at("decoder");
  const int64_t length = model.shape(ids).back();
  Stack stack{decoder, config.size_or("num_decoder_layers", config.size("num_layers")), {}, memory.states, {}};
  stack.bias = sum_of_biases(decoder, distances(decoder, false, length), causal_bias(decoder, length));
  if (mask) stack.bias = sum_of_biases(decoder.at("itself"), stack.bias, padding_bias(decoder, *mask));
  if (memory.mask) stack.memory_bias = padding_bias(decoder.at("memory"), *memory.mask);
  return run(stack, embed(decoder, ids)).back();
}

Memory take_memory(ModelBuilder& model) {
  const ConcreteShape usual = {model.batch(), model.sequence_length(kUsualLength), model.config().size("hidden_size")};
  if (const auto states = model.optional_float_input("encoder_hidden_states", usual)) {
    const ConcreteShape shape = model.shape(*states);
    return {*states, model.optional_input("attention_mask", {shape[0], shape[1]}, true)};
  }
  const TextInputs inputs = take_inputs(model);
  const ValueId states = encode(model, inputs).back();
  model.optional_output("encoder_last_hidden_state", states);
  return {states, inputs.mask};
}

// The encoder's result, and the decoder's from tokens of its own.
ValueId decode_text(ModelBuilder& model) {
  const Memory memory = take_memory(model);
  const ConcreteShape usual = {model.batch(), model.sequence_length(kUsualLength)};
  const ValueId ids = model.input("decoder_input_ids", usual);
  const auto mask = model.optional_input("decoder_attention_mask", model.shape(ids));
  if (model.shape(ids)[0] != model.shape(memory.states)[0])
    fail("--shape: decoder_input_ids has shape {}, expected a batch of {}", to_string(model.shape(ids)),
         model.shape(memory.states)[0]);
  return decode(model, ids, memory, mask);
}

// The decoder reads the same text, moved by one.
ValueId decode_input(ModelBuilder& model, const TextInputs& inputs) {
  const Config& config = model.config();
  const ConcreteShape shape = model.shape(inputs.ids);
  const Module decoder = model.at("decoder");
  const Constant start = ints({shape[0], 1}, std::vector<int32_t>(static_cast<size_t>(shape[0]),
                                                                  config.token("decoder_start_token_id").value_or(0)));
  std::vector<Operand> parts = {start};
  if (shape[1] > 1)
    parts.emplace_back(decoder.op("slice_by_index",
                                  {{"x", inputs.ids},
                                   {"begin", {0, 0}},
                                   {"end", {static_cast<int32_t>(shape[0]), static_cast<int32_t>(shape[1] - 1)}}},
                                  "all_but_last"));
  const ValueId ids = decoder.op("concat", {{"values", parts}, {"axis", 1}, {"interleave", false}}, "moved_ids");
  return decode(model, ids, {encode(model, inputs).back(), inputs.mask});
}

void base(ModelBuilder& model) { model.output("last_hidden_state", decode_text(model)); }

void encoder_only(ModelBuilder& model) {
  const std::vector<ValueId> states = encode(model, take_inputs(model));
  model.hidden_states(states);
  model.output("last_hidden_state", states.back());
}

// A tied head expects scaled states. T5 1.1 and later have a head of their own and do not scale.
void conditional_generation(ModelBuilder& model) {
  const Config& config = model.config();
  ValueId hidden = decode_text(model);
  const Module head = model.at("lm_head");
  const ConcreteShape shape = {config.size("vocab_size"), config.size("hidden_size")};
  const bool tied = config.flag("tie_word_embeddings");
  const bool scales = config.has("scale_decoder_outputs") ? config.flag("scale_decoder_outputs") : tied;
  if (scales) hidden = times(head, hidden, 1 / std::sqrt(static_cast<double>(shape[1])), "scaled");
  const Constant weight = !tied && head.has("weight") ? head.weight("weight", shape)
                                                      : model.weights().tied("lm_head.weight", "shared.weight", shape);
  model.output("logits", tied_linear(head, hidden, weight, false));
}

// The last end of a text speaks for it.
void sequence_classification(ModelBuilder& model) {
  const Config& config = model.config();
  const TextInputs inputs = take_inputs(model);
  const ValueId hidden = decode_input(model, inputs);
  const Module head = model.at("classification_head");
  const Constant end = Constant::of(config.token("eos_token_id").value_or(1));
  const ValueId is_end = head.op("equal", {{"x", inputs.ids}, {"y", end}}, "is_end");
  const ValueId keep = head.op("cast", {{"x", is_end}, {"dtype", "int32"}}, "ends");
  const Module dense = head.at("dense");
  const ValueId last = last_kept_position(head, hidden, keep);
  label_scores(head.at("out_proj"), activation(dense, linear(dense, last, config.size("hidden_size")), "tanh"));
}

void token_classification(ModelBuilder& model) {
  label_scores(model.at("classifier"), encode(model, take_inputs(model)).back());
}

void question_answering(ModelBuilder& model) {
  answer_scores(model.at("qa_outputs"), decode_input(model, take_inputs(model)));
}

}  // namespace

void register_architecture_t5(ArchitectureTable& table) {
  Architecture t5;
  t5.model_types = {"t5"};
  t5.prefix = "transformer.";
  t5.defaults = {{"vocab_size", 32128},
                 {"d_model", 512},
                 {"d_kv", 64},
                 {"d_ff", 2048},
                 {"num_layers", 6},
                 {"num_heads", 8},
                 {"relative_attention_num_buckets", 32},
                 {"relative_attention_max_distance", 128},
                 {"layer_norm_epsilon", 1e-6},
                 {"feed_forward_proj", "relu"},
                 {"tie_word_embeddings", true}};
  t5.heads = {
      {"T5Model", "feature-extraction", base},
      {"T5EncoderModel", "text-encoding", encoder_only},
      {"T5ForConditionalGeneration", "text2text-generation", conditional_generation},
      {"T5ForSequenceClassification", "text-classification", sequence_classification},
      {"T5ForTokenClassification", "token-classification", token_classification},
      {"T5ForQuestionAnswering", "question-answering", question_answering},
  };
  table.add(std::move(t5));
}

}  // namespace anemone

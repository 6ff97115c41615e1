// SPDX-License-Identifier: Apache-2.0
// Apple's reference Transformer for the Neural Engine (github.com/apple/ml-ane-transformers,
// ane_transformers.reference): encoder and decoder over (B, channels, 1, S), without embeddings. Positions are added to
// the inputs of queries and keys of every layer; masks are added to scores (B, keys, 1, queries); layer norms add their
// bias before they scale. config.json names the arguments of the class's constructor.
#include <cmath>

#include "base/error.h"
#include "base/strings.h"
#include "import/architecture.h"
#include "import/blocks/attention.h"
#include "import/blocks/layers.h"

namespace anemone {
namespace {

// Where a residual layer normalises.
enum class Order { kAfter, kBefore };

struct Sizes {
  int64_t channels;
  int64_t wide;
  int64_t heads;
  double epsilon;
};

// The order of a layer, by the class that the constructor was given for it.
Order order_of(const Config& constructor, const std::string& key, const std::string& kind) {
  if (!constructor.has(key) || constructor.text(key) == "Residual" + kind) return Order::kAfter;
  if (constructor.text(key) == "PreNormResidual" + kind) return Order::kBefore;
  fail("{}: {} is {}, expected Residual{} or PreNormResidual{}", constructor.file(), key, constructor.text(key), kind,
       kind);
}

ValueId norm(const Module& module, ValueId x, const Sizes& sizes) {
  LayerNormOptions options;
  options.bias_first = true;
  options.axis = 1;
  return layer_norm(module, x, sizes.epsilon, options);
}

ValueId with(const Module& module, ValueId x, std::optional<ValueId> positions, const char* part) {
  return positions ? module.op("add", {{"x", x}, {"y", *positions}}, part) : x;
}

struct Positions {
  std::optional<ValueId> queries;
  std::optional<ValueId> keys;
};

// Queries from x, keys and values from `memory`.
ValueId attend_to(const Module& place, ValueId x, ValueId memory, const Positions& positions,
                  const std::vector<ValueId>& masks, const Sizes& sizes) {
  const auto heads_of = [&](const char* name, ValueId from) {
    const ValueId all = pointwise_conv(place.at(name), from, sizes.channels);
    const ConcreteShape shape = place.model().shape(all);
    const std::vector<int32_t> split = {static_cast<int32_t>(shape[0]), static_cast<int32_t>(sizes.heads),
                                        static_cast<int32_t>(shape[1] / sizes.heads), static_cast<int32_t>(shape[3])};
    return place.op("reshape", {{"x", all}, {"shape", split}}, std::string(name) + "_heads");
  };
  const double scale = 1 / std::sqrt(static_cast<double>(sizes.channels / sizes.heads));
  const ValueId q =
      times(place, heads_of("q_proj", with(place, x, positions.queries, "placed_query")), scale, "scaled");
  const ValueId k = heads_of("k_proj", with(place, memory, positions.keys, "placed_key"));
  const ValueId v = heads_of("v_proj", memory);
  ValueId scores = place.op("matmul", {{"x", k}, {"y", q}, {"transpose_x", true}, {"transpose_y", false}}, "scores");
  for (const ValueId mask : masks) scores = place.op("add", {{"x", scores}, {"y", mask}}, "masked_scores");
  const ValueId weights = place.op("softmax", {{"x", scores}, {"axis", 2}}, "weights");
  const ValueId context =
      place.op("matmul", {{"x", v}, {"y", weights}, {"transpose_x", false}, {"transpose_y", false}}, "context");
  const ConcreteShape shape = place.model().shape(x);
  const std::vector<int32_t> joined(shape.begin(), shape.end());
  return pointwise_conv(place.at("out_proj"), place.op("reshape", {{"x", context}, {"shape", joined}}, "joined"),
                        sizes.channels);
}

ValueId self_attention(const Module& place, ValueId x, std::optional<ValueId> positions,
                       const std::vector<ValueId>& masks, const Sizes& sizes, Order order) {
  const ValueId from = order == Order::kBefore ? norm(place.at("norm"), x, sizes) : x;
  const ValueId sum =
      residual(place, attend_to(place, from, from, {positions, positions}, masks, sizes), x, "residual");
  return order == Order::kBefore ? sum : norm(place.at("norm"), sum, sizes);
}

ValueId feed_forward(const Module& place, ValueId x, const Sizes& sizes, Order order) {
  const ValueId from = order == Order::kBefore ? norm(place.at("rnorm"), x, sizes) : x;
  const ValueId wide = activation(place, pointwise_conv(place.at("layers", 0), from, sizes.wide), "relu");
  const ValueId sum = residual(place, pointwise_conv(place.at("layers", 3), wide, sizes.channels), x, "residual");
  return order == Order::kBefore ? sum : norm(place.at("rnorm"), sum, sizes);
}

// What goes into one of the two stacks.
struct Side {
  ValueId x;
  std::optional<ValueId> positions;
  std::vector<ValueId> masks;  // (B, 1, keys, queries or 1)
  std::vector<ValueId> key_masks;
};

Side take_side(ModelBuilder& model, const std::string& name, int64_t channels) {
  Side side;
  side.x = model.float_input(name + "_input", {model.batch(), channels, 1, model.sequence_length(512)});
  const ConcreteShape shape = model.shape(side.x);
  if (shape[1] != channels || shape[2] != 1)
    fail("--shape: {}_input has shape {}, expected (B, {}, 1, S)", name, to_string(shape), channels);
  const auto companion = [&](const std::string& part, const ConcreteShape& expected) {
    const auto value = model.optional_float_input(name + part, expected);
    if (value && model.shape(*value) != expected)
      fail("--shape: {}{} has shape {}, expected {}", name, part, to_string(model.shape(*value)), to_string(expected));
    return value;
  };
  side.positions = companion("_pos_embed", shape);
  const auto by_head = [&](ValueId mask, const char* part) {
    const ValueId flat = model.at(name).op("squeeze", {{"x", mask}, {"axes", {2}}}, std::string(part) + "_flat");
    return model.at(name).op("expand_dims", {{"x", flat}, {"axes", {1}}}, part);
  };
  if (const auto mask = companion("_k_mask", {shape[0], shape[3], 1, 1}))
    side.key_masks.push_back(by_head(*mask, "k_mask_of_heads"));
  if (const auto mask = companion("_qk_mask", {shape[0], shape[3], 1, shape[3]}))
    side.masks.push_back(by_head(*mask, "qk_mask_of_heads"));
  side.masks.insert(side.masks.end(), side.key_masks.begin(), side.key_masks.end());
  return side;
}

ValueId encode(ModelBuilder& model, const Side& side, const Config& constructor, const Sizes& sizes) {
  const Order attention = order_of(constructor, "enc_self_attn_type", "SelfAttention");
  const Order wide = order_of(constructor, "enc_ffn_type", "FFN");
  ValueId x = side.x;
  const int64_t layers = constructor.size("nb_enc_layers");
  for (int64_t i = 0; i < layers; ++i) {
    const Module layer = model.at("encoder").at("layers", i);
    x = self_attention(layer.at("self_attn"), x, side.positions, side.masks, sizes, attention);
    x = feed_forward(layer.at("ffn"), x, sizes, wide);
  }
  return x;
}

// What each layer makes of the side.
std::vector<ValueId> decode(ModelBuilder& model, const Side& side, const Side& source, ValueId memory,
                            const Config& constructor, const Sizes& sizes) {
  const Order attention = order_of(constructor, "dec_self_attn_type", "SelfAttention");
  const Order wide = order_of(constructor, "dec_ffn_type", "FFN");
  if (order_of(constructor, "enc_dec_attn_type", "MultiHeadAttention") != Order::kAfter)
    fail("{}: enc_dec_attn_type is not supported: expected ResidualMultiHeadAttention", constructor.file());
  std::vector<ValueId> states;
  ValueId x = side.x;
  const int64_t layers = constructor.size("nb_dec_layers");
  for (int64_t i = 0; i < layers; ++i) {
    const Module layer = model.at("decoder").at("layers", i);
    x = self_attention(layer.at("self_attn"), x, side.positions, side.masks, sizes, attention);
    const Module cross = layer.at("multihead_attn");
    const ValueId seen = attend_to(cross, x, memory, {side.positions, source.positions}, source.key_masks, sizes);
    x = norm(cross.at("norm"), residual(cross, seen, x, "residual"), sizes);
    x = feed_forward(layer.at("ffn"), x, sizes, wide);
    states.push_back(x);
  }
  return states;
}

void transformer(ModelBuilder& model) {
  const auto given = model.config().section("constructor");
  if (!given) fail("{}: has no constructor, which says how large the model is", model.config().file());
  Config constructor = *given;
  constructor.set_defaults({{"embed_dim", 512},
                            {"ffn_dim", 2048},
                            {"nb_enc_layers", 6},
                            {"nb_dec_layers", 6},
                            {"nb_attention_heads", 8},
                            {"return_intermediate_decoder_layers", false}});
  constructor.quotient("embed_dim", "nb_attention_heads");
  const Sizes sizes{constructor.size("embed_dim"), constructor.size("ffn_dim"), constructor.size("nb_attention_heads"),
                    model.config().number("layer_norm_eps")};
  const Side source = take_side(model, "encoder", sizes.channels);
  const Side target = take_side(model, "decoder", sizes.channels);
  const ValueId memory = encode(model, source, constructor, sizes);
  const std::vector<ValueId> states = decode(model, target, source, memory, constructor, sizes);
  const Module last = model.at("decoder.norm");
  if (constructor.flag("return_intermediate_decoder_layers")) {
    std::vector<ValueId> normal;
    for (const ValueId state : states) normal.push_back(norm(last, state, sizes));
    model.output("decoder_output", last.op("stack", {{"values", normal}, {"axis", 0}}, "all"));
  } else {
    model.output("decoder_output", norm(last, states.back(), sizes));
  }
  model.output("encoder_output", memory);
}

}  // namespace

void register_architecture_ane_reference(ArchitectureTable& table) {
  Architecture reference;
  reference.model_types = {"ane_transformers_reference"};
  reference.defaults = {{"layer_norm_eps", 1e-5}};
  reference.heads = {{"AppleNeuralEngineTransformer", "encoder-decoder", transformer}};
  table.add(std::move(reference));
}

}  // namespace anemone

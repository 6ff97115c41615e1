// SPDX-License-Identifier: Apache-2.0
// CLIP: the encoders of texts and of images, with and without projection, and both with their similarity (transformers,
// models/clip). Either encoder's sizes stand in config.json itself or in a section of it.
#include <cmath>

#include "base/error.h"
#include "import/architecture.h"
#include "import/blocks/attention.h"
#include "import/blocks/heads.h"
#include "import/blocks/layers.h"
#include "import/blocks/text_decoder.h"

namespace anemone {
namespace {

const Json kTextDefaults = {{"vocab_size", 49408},        {"hidden_size", 512},       {"intermediate_size", 2048},
                            {"num_hidden_layers", 12},    {"num_attention_heads", 8}, {"max_position_embeddings", 77},
                            {"hidden_act", "quick_gelu"}, {"layer_norm_eps", 1e-5},   {"eos_token_id", 49407},
                            {"projection_dim", 512}};
const Json kVisionDefaults = {{"hidden_size", 768},        {"intermediate_size", 3072},  {"num_hidden_layers", 12},
                              {"num_attention_heads", 12}, {"num_channels", 3},          {"image_size", 224},
                              {"patch_size", 32},          {"hidden_act", "quick_gelu"}, {"layer_norm_eps", 1e-5},
                              {"projection_dim", 512}};

// The configuration of one encoder. Old files have a second section that overrides the first.
Config tower_config(const Config& config, const std::string& section, const Json& defaults) {
  Config tower = config;
  if (const auto found = config.section(section)) tower = *found;
  if (const auto found = config.section(section + "_dict")) tower = found->over(tower);
  tower.set_defaults(defaults);
  return tower;
}

ValueId norm(const Module& module, ValueId x, const Config& config) {
  return layer_norm(module, x, config.number("layer_norm_eps"));
}

ValueId transformer_block(const Module& layer, ValueId x, std::optional<ValueId> bias, const Config& config) {
  const int64_t channels = config.size("hidden_size");
  const Module self = layer.at("self_attn");
  const ValueId normal = norm(layer.at("layer_norm1"), x, config);
  const ValueId q = linear(self.at("q_proj"), normal, channels);
  const ValueId k = linear(self.at("k_proj"), normal, channels);
  const ValueId v = linear(self.at("v_proj"), normal, channels);
  const ValueId context = attention(self, q, k, v, config.size("num_attention_heads"), {{}, bias});
  x = residual(layer, x, linear(self.at("out_proj"), context, channels), "attention_residual");
  const Module wide = layer.at("mlp");
  const ValueId y = mlp(wide.at("fc1"), wide.at("fc2"), norm(layer.at("layer_norm2"), x, config),
                        config.size("intermediate_size"), config.text("hidden_act"));
  return residual(layer, x, y, "mlp_residual");
}

std::vector<ValueId> encode(const Module& encoder, ValueId x, std::optional<ValueId> bias, const Config& config) {
  config.quotient("hidden_size", "num_attention_heads");
  std::vector<ValueId> states = {x};
  const int64_t layers = config.size("num_hidden_layers");
  for (int64_t i = 0; i < layers; ++i)
    states.push_back(transformer_block(encoder.at("layers", i), states.back(), bias, config));
  return states;
}

struct Encoded {
  std::vector<ValueId> states;  // before the last norm
  ValueId last;                 // (B, S, channels)
  ValueId pooled;               // (B, channels)
};

// The end of the text speaks for it. In old files its number is wrong; it is the largest in the text then.
ValueId end_of_text(const Module& text, ValueId x, ValueId ids, const Config& config) {
  constexpr int32_t kWrong = 2;
  const int32_t end = config.token("eos_token_id").value_or(49407);
  ValueId marks = ids;
  if (end != kWrong) {
    const ValueId is_end = text.op("equal", {{"x", ids}, {"y", Constant::of(end)}}, "is_end");
    marks = text.op("cast", {{"x", is_end}, {"dtype", "int32"}}, "ends");
  }
  const ValueId place = text.op("reduce_argmax", {{"x", marks}, {"axis", -1}, {"keep_dims", false}}, "end");
  return position_at(text, x, place);
}

Encoded encode_text(ModelBuilder& model) {
  const Config config = tower_config(model.config(), "text_config", kTextDefaults);
  TextInputOptions options;
  options.longest = config.size("max_position_embeddings");
  options.mask_by_default = false;
  options.positions = true;
  const TextInputs inputs = text_inputs(model, options);
  const Module text = model.at("text_model");
  const Module embeddings = text.at("embeddings");
  const ValueId words =
      embedding(embeddings.at("token_embedding"), inputs.ids, config.size("vocab_size"), config.size("hidden_size"));
  const ValueId x = add_positions(embeddings.at("position_embedding"), words, options.longest, inputs.positions);
  Encoded encoded;
  encoded.states = encode(text.at("encoder"), x, looking_back(text, inputs), config);
  encoded.last = norm(text.at("final_layer_norm"), encoded.states.back(), config);
  encoded.pooled = end_of_text(text, encoded.last, inputs.ids, config);
  return encoded;
}

// (B, colours, H, W) -> (B, patches, channels)
ValueId cut_patches(const Module& patches, ValueId pixels, const Config& config) {
  const auto size = static_cast<int32_t>(config.size("patch_size"));
  const int64_t channels = config.size("hidden_size");
  const Constant weight = patches.weight("weight", {channels, config.size("num_channels"), size, size});
  const ValueId grid = patches.op("conv", {{"x", pixels},
                                           {"weight", weight},
                                           {"strides", {size, size}},
                                           {"pad_type", "valid"},
                                           {"pad", {0, 0, 0, 0}},
                                           {"dilations", {1, 1}},
                                           {"groups", 1}});
  const ConcreteShape shape = patches.model().shape(grid);
  const std::vector<int32_t> flat = {static_cast<int32_t>(shape[0]), static_cast<int32_t>(channels),
                                     static_cast<int32_t>(shape[2] * shape[3])};
  const ValueId rows = patches.op("reshape", {{"x", grid}, {"shape", flat}}, "flat");
  return patches.op("transpose", {{"x", rows}, {"perm", {0, 2, 1}}}, "rows");
}

// The class's place comes before the patches.
ValueId embed_image(const Module& embeddings, ValueId pixels, const Config& config) {
  const int64_t channels = config.size("hidden_size");
  const ValueId patches = cut_patches(embeddings.at("patch_embedding"), pixels, config);
  const int64_t batch = embeddings.model().shape(patches)[0];
  const Constant place = embeddings.weight("class_embedding", {channels}).reshaped({1, 1, channels});
  const Constant places = Constant::concatenated(std::vector<Constant>(static_cast<size_t>(batch), place), 0);
  const ValueId first = embeddings.constant(places, "class");
  const std::vector<ValueId> all = {first, patches};
  const ValueId x = embeddings.op("concat", {{"values", all}, {"axis", 1}, {"interleave", false}}, "with_class");
  return add_positions(embeddings.at("position_embedding"), x, embeddings.model().shape(x)[1]);
}

Encoded encode_image(ModelBuilder& model) {
  const Config config = tower_config(model.config(), "vision_config", kVisionDefaults);
  const int64_t side = config.size("image_size");
  config.quotient("image_size", "patch_size");
  const ConcreteShape usual = {model.batch(), config.size("num_channels"), side, side};
  const ValueId pixels = model.float_input("pixel_values", usual);
  ConcreteShape expected = usual;
  expected[0] = model.shape(pixels)[0];
  if (model.shape(pixels) != expected)
    fail("--shape: pixel_values has shape {}, expected {}", to_string(model.shape(pixels)), to_string(expected));
  const Module vision = model.at("vision_model");
  const ValueId x = norm(vision.at("pre_layrnorm"), embed_image(vision.at("embeddings"), pixels, config), config);
  Encoded encoded;
  encoded.states = encode(vision.at("encoder"), x, {}, config);
  encoded.last = encoded.states.back();
  encoded.pooled = norm(vision.at("post_layernorm"), first_position(vision, encoded.last), config);
  return encoded;
}

ValueId projected(const Module& projection, ValueId x, const Config& tower) {
  const Config& config = projection.model().config();
  return linear(projection, x, (config.has("projection_dim") ? config : tower).size("projection_dim"), false);
}

ValueId text_features(ModelBuilder& model, const Encoded& encoded) {
  return projected(model.at("text_projection"), encoded.pooled,
                   tower_config(model.config(), "text_config", kTextDefaults));
}

ValueId image_features(ModelBuilder& model, const Encoded& encoded) {
  return projected(model.at("visual_projection"), encoded.pooled,
                   tower_config(model.config(), "vision_config", kVisionDefaults));
}

void text_model(ModelBuilder& model) {
  const Encoded encoded = encode_text(model);
  model.hidden_states(encoded.states);
  model.output("last_hidden_state", encoded.last);
  model.output("pooler_output", encoded.pooled);
}

void text_with_projection(ModelBuilder& model) {
  const Encoded encoded = encode_text(model);
  model.hidden_states(encoded.states);
  model.output("text_embeds", text_features(model, encoded));
  model.output("last_hidden_state", encoded.last);
}

void vision_model(ModelBuilder& model) {
  const Encoded encoded = encode_image(model);
  model.hidden_states(encoded.states);
  model.output("last_hidden_state", encoded.last);
  model.output("pooler_output", encoded.pooled);
}

void vision_with_projection(ModelBuilder& model) {
  const Encoded encoded = encode_image(model);
  model.hidden_states(encoded.states);
  model.output("image_embeds", image_features(model, encoded));
  model.output("last_hidden_state", encoded.last);
}

ValueId of_length_one(const Module& module, ValueId x) {
  const ValueId length = module.op("reduce_l2_norm", {{"x", x}, {"axes", {-1}}, {"keep_dims", true}}, "length");
  return module.op("real_div", {{"x", x}, {"y", length}}, "normal");
}

// How well each image fits each text.
void both(ModelBuilder& model) {
  const ValueId texts = text_features(model, encode_text(model));
  const ValueId images = image_features(model, encode_image(model));
  const Module text = model.at("text_embeds");
  const ValueId text_embeds = of_length_one(text, texts);
  const ValueId image_embeds = of_length_one(model.at("image_embeds"), images);
  const Module scores = model.at("logits");
  const Tensor scale = converted(model.weights().get("logit_scale", {}).stored(), DType::kFloat32);
  const ValueId cosines = scores.op(
      "matmul", {{"x", text_embeds}, {"y", image_embeds}, {"transpose_x", false}, {"transpose_y", true}}, "cosines");
  const ValueId per_text = times(scores, cosines, std::exp(scale.as<float>()[0]), "per_text");
  model.output("logits_per_image", scores.op("transpose", {{"x", per_text}, {"perm", {1, 0}}}, "per_image"));
  model.output("logits_per_text", per_text);
  model.output("text_embeds", text_embeds);
  model.output("image_embeds", image_embeds);
  model.optional_output("text_features", texts);
  model.optional_output("image_features", images);
}

Architecture member(const std::string& model_type, std::vector<Head> heads) {
  Architecture architecture;
  architecture.model_types = {model_type};
  architecture.prefix = model_type == "clip_vision_model" ? "vision_model." : "text_model.";
  architecture.heads = std::move(heads);
  return architecture;
}

}  // namespace

void register_architecture_clip(ArchitectureTable& table) {
  const Head all = {"CLIPModel", "zero-shot-image-classification", both};
  const Head text = {"CLIPTextModel", "feature-extraction", text_model};
  const Head text_projection = {"CLIPTextModelWithProjection", "text-embedding", text_with_projection};
  const Head vision = {"CLIPVisionModel", "image-feature-extraction", vision_model};
  const Head vision_projection = {"CLIPVisionModelWithProjection", "image-embedding", vision_with_projection};
  table.add(member("clip", {all, text, text_projection, vision, vision_projection}));
  table.add(member("clip_text_model", {text, text_projection}));
  table.add(member("clip_vision_model", {vision, vision_projection}));
}

}  // namespace anemone

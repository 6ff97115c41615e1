// SPDX-License-Identifier: Apache-2.0
// Pooling: one embedding of a text from those of its tokens, by one mode or several whose results stand side by side.
// Means divide the weights of the tokens first, so that no sum leaves the range of half precision.
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/strings.h"
#include "import/blocks/heads.h"
#include "import/blocks/layers.h"
#include "import/sentence_module.h"

namespace anemone {
namespace {

constexpr float kSmallestSum = 1e-9F;
constexpr float kBelowAll = -1e4F;  // half precision holds it

struct Tokens {
  const Module& place;
  ValueId embeddings;  // (B, S, channels)
  ValueId mask;        // int32 (B, S)
  bool pads_left;

  ValueId as_number(ValueId value, const std::string& part) const {
    const char* dtype = place.model().precision() == DType::kFloat16 ? "fp16" : "fp32";
    return place.op("cast", {{"x", value}, {"dtype", dtype}}, part);
  }
  ValueId sum(ValueId weights, const std::string& part) const {
    const ValueId total = place.op("reduce_sum", {{"x", weights}, {"axes", {-1}}, {"keep_dims", true}}, part + "_sum");
    return place.op("maximum", {{"x", total}, {"y", Constant::of(kSmallestSum)}}, part + "_sum_not_0");
  }
  // Σ weights · embeddings, for weights (B, S).
  ValueId weighted(ValueId weights, const std::string& part) const {
    const ValueId row = place.op("expand_dims", {{"x", weights}, {"axes", {1}}}, part + "_row");
    const ValueId pooled = place.op(
        "matmul", {{"x", row}, {"y", embeddings}, {"transpose_x", false}, {"transpose_y", false}}, part + "_matmul");
    return place.op("squeeze", {{"x", pooled}, {"axes", {1}}}, part);
  }
  ValueId quotient(ValueId x, ValueId y, const std::string& part) const {
    return place.op("real_div", {{"x", x}, {"y", y}}, part + "_weights");
  }
};

ValueId mean(const Tokens& tokens) {
  const ValueId kept = tokens.as_number(tokens.mask, "mean_mask");
  return tokens.weighted(tokens.quotient(kept, tokens.sum(kept, "mean"), "mean"), "mean");
}

ValueId mean_by_root_of_length(const Tokens& tokens) {
  const ValueId kept = tokens.as_number(tokens.mask, "mean_sqrt_mask");
  const ValueId root = tokens.place.op("sqrt", {{"x", tokens.sum(kept, "mean_sqrt")}}, "mean_sqrt_root");
  return tokens.weighted(tokens.quotient(kept, root, "mean_sqrt"), "mean_sqrt");
}

// Where each text begins: int32 (B), or (B, 1).
ValueId first_kept(const Tokens& tokens, bool keep_dims) {
  return tokens.place.op("reduce_argmax", {{"x", tokens.mask}, {"axis", -1}, {"keep_dims", keep_dims}}, "first_kept");
}

// Weights are 1, 2, 3 ... from the first token of the text, here divided by S: only their ratio counts.
ValueId mean_by_position(const Tokens& tokens) {
  const Module& place = tokens.place;
  std::vector<int32_t> positions(static_cast<size_t>(place.model().shape(tokens.mask).back()));
  std::iota(positions.begin(), positions.end(), 1);
  const float scale = 1.0F / static_cast<float>(positions.size());
  const ValueId kept = tokens.as_number(tokens.mask, "position_mean_mask");
  ValueId weights = kNoValue;
  if (tokens.pads_left) {
    const ValueId counted =
        place.op("sub", {{"x", Constant::of(positions)}, {"y", first_kept(tokens, true)}}, "position_mean_positions");
    weights = place.op("mul", {{"x", tokens.as_number(counted, "position_mean_numbers")}, {"y", Constant::of(scale)}},
                       "position_mean_scaled");
    weights = place.op("mul", {{"x", weights}, {"y", kept}}, "position_mean_masked");
  } else {
    std::vector<float> numbers(positions.begin(), positions.end());
    for (float& number : numbers) number *= scale;
    const Constant row = floats({1, static_cast<int64_t>(numbers.size())}, numbers);
    weights = place.op("mul", {{"x", kept}, {"y", row}}, "position_mean_masked");
  }
  return tokens.weighted(tokens.quotient(weights, tokens.sum(weights, "position_mean"), "position_mean"),
                         "position_mean");
}

ValueId largest(const Tokens& tokens) {
  const Module& place = tokens.place;
  const ValueId kept = tokens.as_number(tokens.mask, "max_mask");
  const ValueId absent = place.op("sub", {{"x", Constant::of(1.0F)}, {"y", kept}}, "max_absent");
  ValueId lowered = place.op("mul", {{"x", absent}, {"y", Constant::of(kBelowAll)}}, "max_lowered");
  lowered = place.op("expand_dims", {{"x", lowered}, {"axes", {-1}}}, "max_bias");
  const ValueId x = place.op("add", {{"x", tokens.embeddings}, {"y", lowered}}, "max_masked");
  return place.op("reduce_max", {{"x", x}, {"axes", {1}}, {"keep_dims", false}}, "max");
}

ValueId first(const Tokens& tokens) {
  if (!tokens.pads_left) return first_position(tokens.place, tokens.embeddings);
  return position_at(tokens.place, tokens.embeddings, first_kept(tokens, false));
}

ValueId last(const Tokens& tokens) { return last_kept_position(tokens.place, tokens.embeddings, tokens.mask); }

struct Mode {
  const char* name;
  const char* old_key;
  ValueId (*pool)(const Tokens&);
};

// In the order in which the old keys are joined.
constexpr Mode kModes[] = {
    {"cls", "pooling_mode_cls_token", first},
    {"max", "pooling_mode_max_tokens", largest},
    {"mean", "pooling_mode_mean_tokens", mean},
    {"mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens", mean_by_root_of_length},
    {"weightedmean", "pooling_mode_weightedmean_tokens", mean_by_position},
    {"lasttoken", "pooling_mode_lasttoken", last},
};

const Mode& mode_named(const Config& config, const std::string& name) {
  std::vector<std::string> names;
  for (const Mode& mode : kModes) {
    if (name == mode.name) return mode;
    names.emplace_back(mode.name);
  }
  fail("{}: pooling_mode {}: expected {}", config.file(), name, any_of(names));
}

std::vector<Mode> modes_of(const Config& config) {
  std::vector<Mode> modes;
  if (config.has("pooling_mode")) {
    for (const std::string& name : config.texts("pooling_mode")) modes.push_back(mode_named(config, name));
  } else {
    for (const Mode& mode : kModes)
      if (config.has(mode.old_key) && config.flag(mode.old_key)) modes.push_back(mode);
  }
  return modes.empty() ? std::vector<Mode>{mode_named(config, "mean")} : modes;
}

void build(Sentences& sentences, const Module& place, const Config& config) {
  const Tokens tokens{place, sentences.feature("token_embeddings", config), sentences.mask, sentences.pads_left};
  std::vector<ValueId> parts;
  for (const Mode& mode : modes_of(config)) parts.push_back(mode.pool(tokens));
  sentences.features["sentence_embedding"] =
      parts.size() == 1 ? parts[0]
                        : place.op("concat", {{"values", parts}, {"axis", -1}, {"interleave", false}}, "joined");
}

}  // namespace

void register_sentence_module_pooling(SentenceModuleTable& table) { table.add({"Pooling", false, build}); }

}  // namespace anemone

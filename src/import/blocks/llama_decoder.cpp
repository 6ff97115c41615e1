// SPDX-License-Identifier: Apache-2.0
#include "import/blocks/llama_decoder.h"

#include <cmath>
#include <map>

#include "base/error.h"
#include "import/blocks/attention.h"
#include "import/blocks/layers.h"
#include "import/blocks/rotary.h"
#include "import/blocks/text_decoder.h"

namespace anemone {
namespace {

// Sizes, and what all layers share.
class LlamaDecoder {
 public:
  LlamaDecoder(const Module& base, const TextInputs& inputs, const LlamaStyle& style)
      : base_(base),
        inputs_(inputs),
        style_(style),
        config_(base.model().config()),
        heads_(config_.size("num_attention_heads")),
        groups_(config_.size_or("num_key_value_heads", heads_)),
        head_size_(config_.size_or("head_dim", 0)),
        channels_(config_.size("hidden_size")) {
    if (head_size_ == 0) head_size_ = config_.quotient("hidden_size", "num_attention_heads");
    if (heads_ % groups_ != 0)
      fail("{}: num_attention_heads {} is not divisible by num_key_value_heads {}", config_.file(), heads_, groups_);
    tables_ = rotary_tables(base.at("rotary_emb"), head_size_, base.model().shape(inputs.ids).back(), inputs.positions);
  }

  ValueId run() {
    std::vector<ValueId> states = {embed()};
    const int64_t layers = config_.size("num_hidden_layers");
    for (int64_t i = 0; i < layers; ++i)
      states.push_back(layer(base_.at("layers", i), states.back(), bias(style_.window ? style_.window(i) : 0)));
    states.back() = norm(base_.at("norm"), states.back());
    base_.model().hidden_states(states);
    return states.back();
  }

 private:
  ValueId norm(const Module& module, ValueId x) const {
    return rms_norm(module, x, config_.number("rms_norm_eps"), style_.norms_from_one);
  }

  ValueId embed() const {
    const Module words = base_.at("embed_tokens");
    const ValueId x = embedding(words, inputs_.ids, config_.size("vocab_size"), channels_);
    return style_.embedding_factor == 1 ? x : times(words, x, style_.embedding_factor, "scaled");
  }

  // One for each width.
  ValueId bias(int64_t window) {
    const auto found = biases_.find(window);
    if (found != biases_.end()) return found->second;
    return biases_.emplace(window, looking_back(base_, inputs_, window)).first->second;
  }

  // Queries or keys: (B, S, channels) -> (B, heads, S, head size)
  ValueId turned(const Module& attention, ValueId x, const std::string& name, int64_t heads) const {
    const ValueId all = linear(attention.at(name + "_proj"), x, heads * head_size_, style_.query_bias);
    ValueId split = split_heads(attention, all, heads, name);
    if (style_.head_norms) split = norm(attention.at(name + "_norm"), split);
    return rotated(attention, split, tables_, name);
  }

  ValueId attend_to(const Module& attention, ValueId x, ValueId bias) const {
    const ValueId q = turned(attention, x, "q", heads_);
    const ValueId k = turned(attention, x, "k", groups_);
    const ValueId all = linear(attention.at("v_proj"), x, groups_ * head_size_, style_.query_bias);
    const ValueId v = split_heads(attention, all, groups_, "v");
    return linear(attention.at("o_proj"), attend(attention, q, k, v, {{}, bias}), channels_, style_.output_bias);
  }

  ValueId layer(const Module& layer, ValueId x, ValueId bias) const {
    const ValueId attended = attend_to(layer.at("self_attn"), norm(layer.at("input_layernorm"), x), bias);
    x = residual(layer, x, attended, "attention_residual");
    const Module mlp = layer.at("mlp");
    const ValueId y = gated_mlp({mlp.at("gate_proj"), mlp.at("up_proj"), mlp.at("down_proj")},
                                norm(layer.at("post_attention_layernorm"), x), config_.size("intermediate_size"),
                                style_.activation.value_or(config_.text("hidden_act")), style_.mlp_bias);
    return residual(layer, x, y, "mlp_residual");
  }

  const Module& base_;
  const TextInputs& inputs_;
  const LlamaStyle& style_;
  const Config& config_;
  int64_t heads_;
  int64_t groups_;
  int64_t head_size_;
  int64_t channels_;
  RotaryTables tables_ = {};
  std::map<int64_t, ValueId> biases_;
};

int64_t window_of_type(const Config& config, const std::string& type) {
  if (type == "full_attention") return 0;
  if (type == "sliding_attention") return config.size("sliding_window");
  fail("{}: layer_types has {}, which is not supported: expected full_attention or sliding_attention", config.file(),
       type);
}

}  // namespace

ValueId llama_decoder(const Module& base, const TextInputs& inputs, const LlamaStyle& style) {
  return LlamaDecoder(base, inputs, style).run();
}

std::function<int64_t(int64_t)> windows_by_layer(const Config& config) {
  const auto layers = static_cast<size_t>(config.size("num_hidden_layers"));
  std::vector<int64_t> windows;
  if (config.has("layer_types")) {
    for (const std::string& type : config.texts("layer_types")) windows.push_back(window_of_type(config, type));
    if (windows.size() != layers)
      fail("{}: layer_types has {} entries for {} layers", config.file(), windows.size(), layers);
  } else if (config.flag("use_sliding_window")) {
    const int64_t first = config.count("max_window_layers");
    for (size_t i = 0; i < layers; ++i)
      windows.push_back(static_cast<int64_t>(i) < first ? 0 : config.size_or("sliding_window", 0));
  } else {
    return {};
  }
  return [windows](int64_t layer) { return windows[static_cast<size_t>(layer)]; };
}

}  // namespace anemone

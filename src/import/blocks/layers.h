// SPDX-License-Identifier: Apache-2.0
// The layers that Transformers are made of, each reading its tensors from the module that it is given. Activations are
// (..., channels); tensors have the shapes and names of torch.nn.
#pragma once

#include <optional>
#include <string>

#include "import/blocks/model_builder.h"

namespace anemone {

// x · weightᵀ + bias. weight is (out_features, channels of x).
ValueId linear(const Module& module, ValueId x, int64_t out_features, bool bias = true);
// The same with a weight that is another module's (tied embeddings); the bias is this module's.
ValueId tied_linear(const Module& module, ValueId x, const Constant& weight, bool bias = true);
// The same with any weight and bias: parts of fused layers, say.
ValueId linear_of(const Module& module, ValueId x, const Constant& weight, const std::optional<Constant>& bias,
                  const std::string& part = "");
// x · weight + bias, for the weights (channels of x, out_features) of GPT-2.
ValueId conv1d(const Module& module, ValueId x, int64_t out_features);

// A convolution of one point: (B, channels, H, W) -> (B, out_channels, H, W). weight is (out_channels, channels, 1, 1).
ValueId pointwise_conv(const Module& module, ValueId x, int64_t out_channels);

// Rows of a table (rows, channels) by int32 indices of any shape.
ValueId gathered(const Module& module, const Operand& table, ValueId indices, const std::string& part = "");
// Rows of weight (rows, channels) by int32 ids.
ValueId embedding(const Module& module, ValueId ids, int64_t rows, int64_t channels);
// Adds rows of weight (rows, channels) to x (B, S, channels): those that int32 `positions` (B, S) or (1, S) names,
// else first ... first + S - 1.
ValueId add_positions(const Module& module, ValueId x, int64_t rows, std::optional<ValueId> positions = {},
                      int64_t first = 0);

struct LayerNormOptions {
  bool bias = true;
  bool bias_first = false;  // (x + bias) * weight, as Apple's layers for the Neural Engine have it
  int axis = -1;
};
// Over one axis, biased variance, with weight and bias. In half precision epsilon is at least 1e-7: smaller ones vanish
// on the Neural Engine.
ValueId layer_norm(const Module& module, ValueId x, double epsilon, const LayerNormOptions& options = {});

// x / sqrt(mean of squares over the last axis + epsilon) * weight. With `from_one` the weight counts from 1: the file
// holds what is added to it. Computed as the layer norm of x beside -x, so that no square leaves half precision.
ValueId rms_norm(const Module& module, ValueId x, double epsilon, bool from_one = false);

// An activation by its name in a configuration ("gelu", "gelu_new", "relu", "silu" ...). Error naming the file and the
// activation when it is unknown.
ValueId activation(const Module& module, ValueId x, const std::string& name);

// down(activation(up(x))).
ValueId mlp(const Module& up, const Module& down, ValueId x, int64_t hidden, const std::string& activation_name);

// down(activation(gate(x)) * up(x)).
struct GatedMlp {
  Module gate;
  Module up;
  Module down;
};
ValueId gated_mlp(const GatedMlp& mlp, ValueId x, int64_t hidden, const std::string& activation_name,
                  bool bias = false);

// x * factor.
ValueId times(const Module& module, ValueId x, double factor, const std::string& part);

// x + y.
ValueId residual(const Module& module, ValueId x, ValueId y, const std::string& part);

// (B, S, channels) -> (B, channels): the first position, where encoders keep what they say about the whole text.
ValueId first_position(const Module& module, ValueId x);

}  // namespace anemone

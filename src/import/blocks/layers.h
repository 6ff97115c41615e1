// SPDX-License-Identifier: Apache-2.0
// The layers that Transformers are made of, each reading its tensors from the module that it is given. Activations are
// (..., channels); tensors have the shapes and names of torch.nn.
#pragma once

#include <string>

#include "import/blocks/model_builder.h"

namespace anemone {

// x · weightᵀ + bias. weight is (out_features, channels of x).
ValueId linear(const Module& module, ValueId x, int64_t out_features, bool bias = true);
// The same with a weight that is another module's (tied embeddings); the bias is this module's.
ValueId tied_linear(const Module& module, ValueId x, const Constant& weight, bool bias = true);

// Rows of weight (rows, channels) by int32 ids.
ValueId embedding(const Module& module, ValueId ids, int64_t rows, int64_t channels);
// Adds rows 0 ... S-1 of weight (rows, channels) to x (B, S, channels).
ValueId add_positions(const Module& module, ValueId x, int64_t rows);

// Over the last axis, biased variance, with weight and bias. In half precision epsilon is at least 1e-7: smaller ones
// vanish on the Neural Engine.
ValueId layer_norm(const Module& module, ValueId x, double epsilon);

// An activation by its name in a configuration ("gelu", "gelu_new", "relu", "silu" ...). Error naming the file and the
// activation when it is unknown.
ValueId activation(const Module& module, ValueId x, const std::string& name);

// down(activation(up(x))).
ValueId mlp(const Module& up, const Module& down, ValueId x, int64_t hidden, const std::string& activation_name);

// x + y.
ValueId residual(const Module& module, ValueId x, ValueId y, const std::string& part);

// (B, S, channels) -> (B, channels): the first position, where encoders keep what they say about the whole text.
ValueId first_position(const Module& module, ValueId x);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Scaled dot-product attention in its plain form: heads are split off by a reshape and a transpose, scores are a
// batched matmul, masks are added. Attention is decomposed because the fused op is wrong on the Neural Engine of
// several systems; rewriting into the engine's own form is a pass's business.
#pragma once

#include <optional>

#include "import/blocks/model_builder.h"

namespace anemone {

// What is added to the scores: 0 where a query may look at a key, and elsewhere a number that softmax turns into
// nothing while half precision still holds it (-1e4; -inf would give NaN for a row that sees nothing).

// For an int32 mask (B, S) that is 1 at keys to look at: (B, 1, 1, S).
ValueId padding_bias(const Module& module, ValueId mask);
// Each position sees itself and those before it, at most `window` of them when that is not 0: (1, 1, S, S).
ValueId causal_bias(const Module& module, int64_t length, int64_t window = 0);
// Of whichever there are: their sum.
std::optional<ValueId> sum_of_biases(const Module& module, std::optional<ValueId> a, std::optional<ValueId> b);

// (B, S, heads * d) -> (B, heads, S, d)
ValueId split_heads(const Module& module, ValueId x, int64_t heads, const std::string& part);

struct AttentionOptions {
  std::optional<double> scale = {};  // of the scores; 1 / sqrt(d) when absent
  std::optional<ValueId> bias = {};  // added to the scores, broadcast to (B, heads, queries, keys)
};

// softmax(scale * q · kᵀ + bias) · v, for q of (B, heads, queries, d) and k, v of (B, groups, keys, d), where each
// group of keys serves heads / groups heads that lie beside each other. Returns (B, queries, heads * d).
ValueId attend(const Module& module, ValueId q, ValueId k, ValueId v, const AttentionOptions& options = {});

// The same for q, k, v of (B, S, heads * d). `heads` must divide the channels.
ValueId attention(const Module& module, ValueId q, ValueId k, ValueId v, int64_t heads,
                  const AttentionOptions& options = {});

}  // namespace anemone

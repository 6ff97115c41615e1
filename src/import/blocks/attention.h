// SPDX-License-Identifier: Apache-2.0
// Scaled dot-product attention in its plain form: heads are split off by a reshape and a transpose, scores are a
// batched matmul, masks are added. Attention is decomposed because the fused op is wrong on the Neural Engine of
// several systems; rewriting into the engine's own form is a pass's business.
#pragma once

#include <optional>

#include "import/blocks/model_builder.h"

namespace anemone {

// What is added to the scores: 0 where an int32 mask (B, S) is 1, and where it is 0 a number that softmax turns into
// nothing while half precision still holds it (-1e4; -inf would give NaN for a row without any 1). Shape (B, 1, 1, S).
ValueId padding_bias(const Module& module, ValueId mask);

// softmax(q · kᵀ / sqrt(head size) + bias) · v, for q, k, v of (B, S, channels). Heads must divide the channels.
ValueId attention(const Module& module, ValueId q, ValueId k, ValueId v, int64_t heads, std::optional<ValueId> bias);

}  // namespace anemone

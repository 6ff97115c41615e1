// SPDX-License-Identifier: Apache-2.0
// Cuts one sequence or a pair so that together they have at most a number of tokens.
#pragma once

#include <vector>

#include "tokenizers/parts.h"

namespace anemone {

// `parts` holds one or two sequences. Throws Error when the strategy cannot reach `max_length`.
void truncate(std::vector<TypedIds>& parts, size_t max_length, TruncationStrategy strategy, bool left);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// A text as the inputs of a model: ids, mask and types of a tokenizer in the fixed shapes that the model takes.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/executable.h"
#include "tokenizers/tokenizer.h"

namespace anemone {

// Cut or padded to the length that the function's inputs have. Throws Error when they have no fixed shape (batch,
// length).
Encoding encode_for(const Function& function, const Tokenizer& tokenizer, std::string_view text,
                    std::optional<std::string_view> pair = std::nullopt);

// input_ids, attention_mask and token_type_ids; the other rows of a larger batch repeat the first. Throws Error when
// the function has another input.
TensorMap text_inputs(const Function& function, const Encoding& encoding);

}  // namespace anemone

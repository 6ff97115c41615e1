// SPDX-License-Identifier: Apache-2.0
// The tokenizer.json format, version "1.0", as Hugging Face tokenizers writes it.
#pragma once

#include "tokenizers/parts.h"

namespace anemone {

// Throws Error naming the key, or the type that is not supported.
TokenizerParts parts_from_json(const Json& document);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// The tokenizer.json format, version "1.0", as Hugging Face tokenizers writes it.
#pragma once

#include "tokenizers/parts.h"

namespace anemone {

// The text of such a file. Throws Error naming the key, or the type that is not supported.
TokenizerParts parts_from_json(std::string_view text);
// The same from a document whose "model" lacks its lists, which are in `source`.
TokenizerParts make_parts(const Json& document, ModelSource source);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// tiktoken's files: a line for each token, its bytes in base64 and its rank, which is its id. How text is split and
// which special tokens there are is not in the file; it belongs to the encoding, which the number of tokens tells.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tokenizers/parts.h"

namespace anemone {

struct TiktokenEncoding {
  const char* name;
  size_t tokens;        // in the file
  const char* pattern;  // splits text into words
  bool composes;        // text is put into form NFC first
  // The special tokens, whose ids follow those of the file from `first_special` on.
  TokenId first_special;
  std::vector<std::string> (*specials)();
};

// Null when no known encoding has so many tokens.
const TiktokenEncoding* find_tiktoken_encoding(size_t tokens);
const TiktokenEncoding* find_tiktoken_encoding(std::string_view name);
// What there is, for a message.
std::vector<std::string> tiktoken_encoding_names();

bool looks_like_tiktoken(std::string_view text);
TokenizerParts parts_from_tiktoken(std::string_view text);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Cuts a template into text and the tokens between its delimiters. White space is treated as chat templates expect: a
// block's own line leaves no trace (trim_blocks and lstrip_blocks are on).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace anemone::jinja {

enum class TokenKind {
  kText,        // outside of delimiters
  kPrintBegin,  // {{
  kPrintEnd,
  kBlockBegin,  // {%
  kBlockEnd,
  kName,
  kString,
  kInteger,
  kFloat,
  kOperator,
  kEnd,
};

struct Token {
  TokenKind kind;
  std::string text;
  size_t line;
};

// The last token is kEnd. Throws Error with the line.
std::vector<Token> tokenize(std::string_view source);

}  // namespace anemone::jinja

// SPDX-License-Identifier: Apache-2.0
// Tokens that stand for one byte, as SentencePiece spells them: <0x41>.
#pragma once

#include <optional>
#include <string_view>

namespace anemone {

inline std::optional<char> byte_of_token(std::string_view token) {
  if (token.size() != 6 || token.substr(0, 3) != "<0x" || token[5] != '>') return std::nullopt;
  int value = 0;
  for (const char c : token.substr(3, 2)) {
    const bool letter = (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
    if (!letter && (c < '0' || c > '9')) return std::nullopt;
    value = value * 16 + (letter ? (c | 0x20) - 'a' + 10 : c - '0');
  }
  return static_cast<char>(value);
}

}  // namespace anemone

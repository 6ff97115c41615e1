// SPDX-License-Identifier: Apache-2.0
// GPT-2's alphabet: a printable character for each byte, so that a vocabulary of byte strings is readable text. Bytes
// that print in Latin-1 stand for themselves, the others, in order, for U+0100 and up.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace anemone {

std::string bytes_to_letters(std::string_view bytes);
// Nothing when `text` has a character outside the alphabet.
std::optional<std::string> letters_to_bytes(std::string_view text);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/byte_alphabet.h"

#include <array>

#include "tokenizers/unicode.h"

namespace anemone {
namespace {

struct Alphabet {
  std::array<std::string, 256> letters;
  std::array<int16_t, 512> bytes{};  // of each letter, or -1

  Alphabet() {
    bytes.fill(-1);
    char32_t next = 0x100;
    for (char32_t byte = 0; byte < 256; ++byte) {
      const bool prints = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
      const char32_t letter = prints ? byte : next++;
      append_utf8(letters[byte], letter);
      bytes[letter] = static_cast<int16_t>(byte);
    }
  }
};

const Alphabet& alphabet() {
  static const Alphabet instance;
  return instance;
}

}  // namespace

std::string bytes_to_letters(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += alphabet().letters[static_cast<unsigned char>(byte)];
  return text;
}

std::optional<std::string> letters_to_bytes(std::string_view text) {
  std::string bytes;
  for (size_t i = 0; i < text.size();) {
    const char32_t letter = next_code_point(text, i);
    if (letter >= 512 || alphabet().bytes[letter] < 0) return std::nullopt;
    bytes += static_cast<char>(alphabet().bytes[letter]);
  }
  return bytes;
}

}  // namespace anemone

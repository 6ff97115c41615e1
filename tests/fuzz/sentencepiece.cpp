// SPDX-License-Identifier: Apache-2.0
// Any bytes as a tokenizer.model: refused with an Error, or a tokenizer that encodes and decodes any text. The mutator
// works on whole fields of the message, so that lengths stay right.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/error.h"
#include "scratch_file.h"
#include "tokenizers/sentencepiece/stages.h"
#include "tokenizers/tokenizer.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

using anemone::fuzz::next_random;

constexpr const char* kTexts[] = {"", "a b ab  ab", " Hello, w\xC3\xB6rld! 123\n\n x ",
                                  "\xE4\xBD\xA0\xE5\xA5\xBD <s>a</s>\xFF\t\xE2\x84\xA2"};

std::string field(int number, const std::string& content) {
  std::string bytes(1, static_cast<char>(number << 3 | 2));
  for (size_t length = content.size();; length >>= 7) {
    bytes += static_cast<char>(length < 128 ? length : (length & 127) | 128);
    if (length < 128) break;
  }
  return bytes + content;
}

std::string number(int field_number, uint64_t value) {
  return {static_cast<char>(field_number << 3), static_cast<char>(value & 127)};
}

std::string random_piece(uint64_t& random) {
  constexpr const char* kWords[] = {"<unk>",
                                    "<s>",
                                    "a",
                                    "b",
                                    "ab",
                                    "\xE2\x96\x81",
                                    ("\xE2\x96\x81"
                                     "a"),
                                    "<0x41>",
                                    "\xC3\xB6",
                                    "  ",
                                    "\n"};
  std::string piece = field(1, kWords[next_random(random) % std::size(kWords)]);
  const auto score = -static_cast<float>(next_random(random) % 16);
  std::string bits(4, '\0');
  std::memcpy(bits.data(), &score, 4);
  piece += "\x15" + bits + number(3, 1 + next_random(random) % 6);
  return field(1, piece);
}

std::string random_settings(uint64_t& random) {
  if (next_random(random) % 2 == 0)
    return field(2, number(3, 1 + next_random(random) % 2) + std::string("\xC0\x01", 2) +
                        static_cast<char>(next_random(random) % 2) + std::string("\x98\x02", 2) +
                        static_cast<char>(next_random(random) % 2));
  return field(
      3, number(3, next_random(random) % 2) + number(4, next_random(random) % 2) + number(5, next_random(random) % 2));
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  uint64_t random = seed;
  const uint64_t choice = next_random(random) % 4;
  const std::string added = choice == 0 ? random_piece(random) : random_settings(random);
  if (choice > 1 || size + added.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data + size, added.data(), added.size());
  return size + added.size();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const anemone::SentencePieceFile file = anemone::parse_sentencepiece({reinterpret_cast<const char*>(data), size});
    const anemone::Tokenizer tokenizer(anemone::sentencepiece_parts(file));
    for (const char* text : kTexts) tokenizer.decode(tokenizer.encode(text).ids);
    std::vector<anemone::TokenId> all(std::min<size_t>(file.pieces.size(), 300));
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<anemone::TokenId>(i);
    tokenizer.decode(all);
  } catch (const anemone::Error&) {
  }
  return 0;
}

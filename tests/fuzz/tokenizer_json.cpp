// SPDX-License-Identifier: Apache-2.0
// Any bytes as a tokenizer.json: refused with an Error, or a tokenizer that encodes and decodes any text. The mutator
// also inserts the words that such files are made of.
#include <cstdint>
#include <cstring>

#include "base/error.h"
#include "scratch_file.h"
#include "tokenizers/stream_decoder.h"
#include "tokenizers/tokenizer_json.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

constexpr const char* kPieces[] = {
    "\"type\":\"BPE\"",
    "\"type\":\"Unigram\"",
    "\"type\":\"WordPiece\"",
    "\"type\":\"WordLevel\"",
    "\"vocab\":{\"a\":0,\"b\":1,\"ab\":2}",
    "\"merges\":[\"a b\"]",
    "\"merges\":[[\"a\",\"b\"]]",
    "\"vocab\":[[\"<unk>\",0],[\"a\",-1.5]]",
    "\"unk_id\":0",
    "\"byte_fallback\":true",
    "{\"type\":\"NFKC\"}",
    "{\"type\":\"Metaspace\",\"replacement\":\"_\",\"prepend_scheme\":\"first\"}",
    "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\s+\"},\"behavior\":\"Isolated\",\"invert\":true}",
    "{\"type\":\"ByteLevel\",\"add_prefix_space\":true}",
    "\"ignore_merges\":true",
    "null",
    "\\u00e9",
    "[",
    "]",
    "{",
    "}",
    ","};

constexpr const char* kTexts[] = {"", "a b ab  ab", "Hello, w\xC3\xB6rld! 123\n\n x",
                                  "\xE4\xBD\xA0\xE5\xA5\xBD <s>a</s>\xFF\t"};

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  uint64_t random = seed;
  const char* piece = kPieces[anemone::fuzz::next_random(random) % std::size(kPieces)];
  const size_t length = std::strlen(piece);
  if (anemone::fuzz::next_random(random) % 3 != 0 || size + length > max_size)
    return LLVMFuzzerMutate(data, size, max_size);
  const size_t at = anemone::fuzz::next_random(random) % (size + 1);
  std::memmove(data + at + length, data + at, size - at);
  std::memcpy(data + at, piece, length);
  return size + length;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const anemone::Tokenizer tokenizer(anemone::parts_from_json({reinterpret_cast<const char*>(data), size}));
    for (const char* text : kTexts) {
      try {
        const anemone::Encoding encoding = tokenizer.encode(text);
        tokenizer.decode(encoding.ids);
        anemone::StreamDecoder stream(tokenizer, false);
        for (const anemone::TokenId id : encoding.ids) stream.add(id);
        stream.finish();
      } catch (const anemone::Error&) {
      }
    }
  } catch (const anemone::Error&) {
  }
  return 0;
}

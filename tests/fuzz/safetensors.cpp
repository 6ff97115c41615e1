// SPDX-License-Identifier: Apache-2.0
// Any bytes as a .safetensors file: they are refused with an Error, or every tensor lies inside the file. The mutator
// works on the JSON header and on the data apart, and repairs the header's length, so that inputs pass the first check.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/error.h"
#include "formats/safetensors.h"
#include "scratch_file.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

// Pieces of headers that random bytes would hardly hit.
constexpr const char* kPieces[] = {R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})",
                                   R"("b":{"dtype":"U8","shape":[0],"data_offsets":[4,4]})",
                                   R"("__metadata__":{"format":"pt"})",
                                   R"("dtype":"F4")",
                                   R"("shape":[4294967296,4294967296])",
                                   R"("data_offsets":[18446744073709551615,0])",
                                   "\"BF16\"",
                                   "\"C64\"",
                                   "\"F8_E4M3\"",
                                   "{",
                                   "}",
                                   "[",
                                   "]",
                                   ",",
                                   "\\u0000",
                                   "9223372036854775807",
                                   "-1",
                                   "1e9",
                                   "null",
                                   "true"};

size_t insert_piece(uint8_t* data, size_t size, size_t max_size, uint64_t& random) {
  const char* piece = kPieces[anemone::fuzz::next_random(random) % std::size(kPieces)];
  const size_t length = std::strlen(piece);
  if (size + length > max_size) return size;
  const size_t at = anemone::fuzz::next_random(random) % (size + 1);
  std::memmove(data + at + length, data + at, size - at);
  std::memcpy(data + at, piece, length);
  return size + length;
}

uint64_t header_length(const uint8_t* data) {
  uint64_t length = 0;
  std::memcpy(&length, data, sizeof length);
  return length;
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  uint64_t random = seed;
  if (size < 8 || max_size < 64 || anemone::fuzz::next_random(random) % 16 == 0)
    return LLVMFuzzerMutate(data, size, max_size);
  const size_t header = static_cast<size_t>(std::min<uint64_t>(header_length(data), size - 8));
  std::vector<uint8_t> text(data + 8, data + 8 + header);
  std::vector<uint8_t> rest(data + 8 + header, data + size);
  std::vector<uint8_t>& part = anemone::fuzz::next_random(random) % 8 == 0 ? rest : text;
  const size_t room = max_size - 8 - (size - 8 - part.size());
  part.resize(std::max(room, part.size()));
  const size_t old = &part == &text ? header : size - 8 - header;
  const bool piece = anemone::fuzz::next_random(random) % 3 == 0;
  part.resize(piece ? insert_piece(part.data(), old, room, random) : LLVMFuzzerMutate(part.data(), old, room));
  const uint64_t length = text.size();
  std::memcpy(data, &length, sizeof length);
  std::copy(text.begin(), text.end(), data + 8);
  std::copy(rest.begin(), rest.end(), data + 8 + text.size());
  return 8 + text.size() + rest.size();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const anemone::fuzz::ScratchFile scratch;
  scratch.write(std::as_bytes(std::span(data, size)));
  try {
    const auto file = anemone::Safetensors::open(scratch.path());
    for (const std::string& name : file->names()) {
      try {
        anemone::fuzz::touch(file->find(name).value().bytes);
      } catch (const anemone::Error&) {  // a type that only other programs have
      }
    }
  } catch (const anemone::Error&) {
  }
  return 0;
}

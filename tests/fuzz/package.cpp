// SPDX-License-Identifier: Apache-2.0
// Any bytes as the two files of a package, split by the first byte: even, a model file; odd, a manifest. An accepted
// model must come out of writing and reading again unchanged; an accepted manifest must, too.
#include <cstdint>
#include <cstring>
#include <string>

#include "base/error.h"
#include "formats/manifest.h"
#include "formats/model_proto.h"
#include "message_mutator.h"

namespace {

using anemone::fuzz::mutate_bytes;
using anemone::fuzz::mutate_message;
using anemone::fuzz::next_random;

constexpr const char* kManifestPieces[] = {"\"1.0.0\"",
                                           "\"fileFormatVersion\"",
                                           "\"itemInfoEntries\"",
                                           "\"path\"",
                                           "\"../..\"",
                                           "\"rootModelIdentifier\"",
                                           "\"name\"",
                                           "\"author\"",
                                           "\"description\"",
                                           "{",
                                           "}",
                                           ":",
                                           ",",
                                           "[",
                                           "]",
                                           "1",
                                           "null",
                                           "\"2.1.0\"",
                                           "\"-1.0.0\""};

std::string mutate_manifest(const std::string& text, uint64_t& random) {
  if (next_random(random) % 2) return mutate_bytes(text);
  const char* piece = kManifestPieces[next_random(random) % std::size(kManifestPieces)];
  std::string changed = text;
  const size_t at = next_random(random) % (text.size() + 1);
  return changed.replace(at, next_random(random) % 24, piece);
}

void check_manifest(std::string_view text) {
  const anemone::Manifest manifest = anemone::parse_manifest(text);
  const std::string written = anemone::manifest_text(manifest);
  CHECK(anemone::manifest_text(anemone::parse_manifest(written)) == written);
}

void check_model(std::span<const std::byte> bytes) {
  static const anemone::fuzz::ScratchFile scratch;
  const auto write = [](const anemone::proto::Model& model) {
    anemone::OutputFile file(scratch.path());
    anemone::write_model(model, file);
    file.close();
    const auto map = anemone::MappedFile::open(scratch.path());
    return std::string(reinterpret_cast<const char*>(map->bytes().data()), map->bytes().size());
  };
  const auto model = anemone::parse_model(bytes);
  anemone::model_kind(*model);
  const std::string once = write(*model);
  if (once.empty()) return;  // a model of unset fields
  CHECK(write(*anemone::parse_model(std::as_bytes(std::span(once)))) == once);
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  uint64_t random = seed;
  if (size < 2 || next_random(random) % 16 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::string content(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string changed = data[0] % 2 ? mutate_manifest(content, random) : mutate_message(content, random, 0);
  if (changed.size() + 1 > max_size) return size;
  std::memcpy(data + 1, changed.data(), changed.size());
  return changed.size() + 1;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto content = std::as_bytes(std::span(data + 1, size - 1));
  try {
    if (data[0] % 2) {
      check_manifest({reinterpret_cast<const char*>(content.data()), content.size()});
    } else {
      check_model(content);
    }
  } catch (const anemone::Error&) {
  }
  return 0;
}

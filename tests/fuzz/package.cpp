// SPDX-License-Identifier: Apache-2.0
// Any bytes as the two files of a package, split by the first byte: even, a model file; odd, a manifest. An accepted
// model must come out of writing and reading again unchanged; an accepted manifest must, too. The mutator keeps the
// lengths inside the model right: it parses, edits the tree and serialises.
#include <google/protobuf/io/coded_stream.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"
#include "formats/manifest.h"
#include "formats/model_proto.h"
#include "scratch_file.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

using anemone::fuzz::next_random;

// One field of a message as it lies on the wire.
struct WireField {
  uint32_t tag;
  std::string payload;  // of a length-delimited field without its length; of others as it is
};

// The fields of a message, or nothing when it is none.
bool split_fields(const std::string& message, std::vector<WireField>& fields) {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(message.data()),
                                            static_cast<int>(message.size()));
  while (const uint32_t tag = in.ReadTag()) {
    WireField field{tag, {}};
    uint32_t length = 0;
    uint64_t number = 0;
    const int start = in.CurrentPosition();
    bool fine = false;
    switch (tag & 7U) {
      case 0:
        fine = in.ReadVarint64(&number);
        break;
      case 1:
        fine = in.Skip(8);
        break;
      case 5:
        fine = in.Skip(4);
        break;
      case 2:
        fine = in.ReadVarint32(&length) && in.ReadString(&field.payload, static_cast<int>(length));
        break;
      default:
        break;
    }
    if (!fine) return false;
    if ((tag & 7U) != 2)
      field.payload = message.substr(static_cast<size_t>(start), static_cast<size_t>(in.CurrentPosition() - start));
    fields.push_back(std::move(field));
  }
  return in.CurrentPosition() == static_cast<int>(message.size());
}

void append_varint(std::string& text, uint64_t value) {
  for (; value >= 0x80; value >>= 7) text += static_cast<char>(value | 0x80);
  text += static_cast<char>(value);
}

std::string join_fields(const std::vector<WireField>& fields) {
  std::string message;
  for (const WireField& field : fields) {
    append_varint(message, field.tag);
    if ((field.tag & 7U) == 2) append_varint(message, field.payload.size());
    message += field.payload;
  }
  return message;
}

std::string mutate_bytes(const std::string& bytes) {
  std::string buffer = bytes;
  buffer.resize(bytes.size() + 64);
  buffer.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(buffer.data()), bytes.size(), buffer.size()));
  return buffer;
}

// Walks down a random path and removes, repeats, swaps, wraps or changes one field there.
std::string mutate_message(const std::string& message, uint64_t& random, int depth) {
  std::vector<WireField> fields;
  if (depth > 30 || !split_fields(message, fields) || fields.empty()) return mutate_bytes(message);
  WireField& field = fields[next_random(random) % fields.size()];
  const uint64_t choice = next_random(random) % 16;
  if ((field.tag & 7U) == 2 && choice < 9) {
    field.payload = mutate_message(field.payload, random, depth + 1);
  } else if (choice < 10) {
    std::swap(field, fields.back());
    fields.pop_back();
  } else if (choice < 12) {
    const WireField copy = field;
    fields.push_back(copy);
  } else if (choice == 12 && (field.tag & 7U) == 2) {  // the same message once more inside itself
    field.payload = join_fields({field});
  } else if (choice == 13) {
    field.tag = static_cast<uint32_t>((1 + next_random(random) % 25) << 3 | (field.tag & 7U));
  } else if ((field.tag & 7U) == 0) {
    field.payload.clear();
    append_varint(field.payload, next_random(random) >> next_random(random) % 64);
  } else {
    field.payload = (field.tag & 7U) == 2 ? mutate_bytes(field.payload) : field.payload;
  }
  return join_fields(fields);
}

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

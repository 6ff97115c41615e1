// SPDX-License-Identifier: Apache-2.0
// Changes a protobuf message without breaking the lengths inside it: parses the wire form, edits the tree, serialises.
#pragma once

#include <google/protobuf/io/coded_stream.h>

#include <cstdint>
#include <string>
#include <vector>

#include "scratch_file.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace anemone::fuzz {

// One field of a message as it lies on the wire.
struct WireField {
  uint32_t tag;
  std::string payload;  // of a length-delimited field without its length; of others as it is
};

// The fields of a message, or nothing when it is none.
inline bool split_fields(const std::string& message, std::vector<WireField>& fields) {
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

inline void append_varint(std::string& text, uint64_t value) {
  for (; value >= 0x80; value >>= 7) text += static_cast<char>(value | 0x80);
  text += static_cast<char>(value);
}

inline std::string join_fields(const std::vector<WireField>& fields) {
  std::string message;
  for (const WireField& field : fields) {
    append_varint(message, field.tag);
    if ((field.tag & 7U) == 2) append_varint(message, field.payload.size());
    message += field.payload;
  }
  return message;
}

inline std::string mutate_bytes(const std::string& bytes) {
  std::string buffer = bytes;
  buffer.resize(bytes.size() + 64);
  buffer.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(buffer.data()), bytes.size(), buffer.size()));
  return buffer;
}

// Walks down a random path and removes, repeats, swaps, wraps or changes one field there.
inline std::string mutate_message(const std::string& message, uint64_t& random, int depth) {
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

}  // namespace anemone::fuzz

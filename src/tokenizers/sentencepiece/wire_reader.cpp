// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/sentencepiece/wire_reader.h"

#include <bit>

#include "base/error.h"

namespace anemone {
namespace {

enum Kind { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

}  // namespace

bool WireReader::next() {
  if (rest_.empty()) return false;
  const uint64_t tag = varint();
  field_ = tag >> 3;
  kind_ = static_cast<int>(tag & 7);
  switch (kind_) {
    case kVarint:
      number_ = varint();
      return true;
    case kFixed64:
    case kFixed32: {
      number_ = 0;
      const std::string_view raw = take(kind_ == kFixed32 ? 4 : 8);
      for (size_t i = raw.size(); i-- > 0;) number_ = number_ << 8 | static_cast<unsigned char>(raw[i]);
      return true;
    }
    case kBytes:
      bytes_ = take(varint());
      return true;
    default:
      fail("not a protobuf message: a field of kind {}", kind_);
  }
}

uint64_t WireReader::varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(take(1)[0]);
    value |= static_cast<uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80) return value;
  }
  fail("not a protobuf message: a number without end");
}

std::string_view WireReader::take(uint64_t size) {
  if (size > rest_.size()) fail("not a whole protobuf message: it ends inside a field");
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

void WireReader::expect(int kind) const {
  if (kind_ != kind) fail("not such a message: field {} is of kind {}: expected {}", field_, kind_, kind);
}

std::string_view WireReader::bytes() const { return expect(kBytes), bytes_; }
uint64_t WireReader::number() const { return expect(kVarint), number_; }
float WireReader::real() const { return expect(kFixed32), std::bit_cast<float>(static_cast<uint32_t>(number_)); }

}  // namespace anemone

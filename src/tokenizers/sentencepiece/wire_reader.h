// SPDX-License-Identifier: Apache-2.0
// The fields of a protobuf message as they lie in memory, one after the other. Malformed messages are Errors.
#pragma once

#include <cstdint>
#include <string_view>

namespace anemone {

class WireReader {
 public:
  explicit WireReader(std::string_view message) : rest_(message) {}

  // Moves to the next field; false at the end.
  bool next();
  uint64_t field() const { return field_; }
  // The value of the current field. Asking for another kind than it has is an Error.
  std::string_view bytes() const;
  uint64_t number() const;
  float real() const;
  bool flag() const { return number() != 0; }

 private:
  uint64_t varint();
  std::string_view take(uint64_t size);
  void expect(int kind) const;

  std::string_view rest_;
  uint64_t field_ = 0;
  int kind_ = 0;
  uint64_t number_ = 0;
  std::string_view bytes_;
};

}  // namespace anemone

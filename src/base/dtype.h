// SPDX-License-Identifier: Apache-2.0
// Element types of every format and of the IR. Numbers are those of MIL's DataType enum (coremltools MIL.proto);
// types that only checkpoints have (complex, exotic 8-bit floats) stay inside their format's reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace anemone {

enum class DType : uint8_t {
  kBool = 1,
  kString = 2,
  kFloat16 = 10,
  kFloat32 = 11,
  kFloat64 = 12,
  kBFloat16 = 13,
  kInt8 = 21,
  kInt16 = 22,
  kInt32 = 23,
  kInt64 = 24,
  kInt4 = 25,
  kUInt8 = 31,
  kUInt16 = 32,
  kUInt32 = 33,
  kUInt64 = 34,
  kUInt4 = 35,
  kUInt2 = 36,
  kUInt1 = 37,
  kUInt6 = 38,
  kUInt3 = 39,
  kFloat8E4M3FN = 40,
  kFloat8E5M2 = 41,
};

// Bits of one element as stored; 0 for strings. A bool takes one byte.
int bit_width(DType type);
// Bytes that hold `count` packed elements, or nothing when that overflows 63 bits.
std::optional<int64_t> byte_size(DType type, int64_t count);
// Name in MIL text: "fp16", "int32", "bool" ...
std::string_view name_of(DType type);
std::optional<DType> dtype_from_name(std::string_view mil_name);
std::optional<DType> dtype_from_number(int mil_number);

bool is_float(DType type);
bool is_integer(DType type);  // without bool
bool is_signed(DType type);
inline bool is_sub_byte(DType type) { return bit_width(type) > 0 && bit_width(type) < 8; }

}  // namespace anemone

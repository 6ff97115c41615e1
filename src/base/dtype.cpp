// SPDX-License-Identifier: Apache-2.0
#include "base/dtype.h"

#include <limits>

namespace anemone {
namespace {

struct Row {
  DType type;
  std::string_view name;
  int bits;
};

constexpr Row kRows[] = {
    {DType::kBool, "bool", 8},          {DType::kString, "string", 0},  {DType::kFloat16, "fp16", 16},
    {DType::kFloat32, "fp32", 32},      {DType::kFloat64, "fp64", 64},  {DType::kBFloat16, "bf16", 16},
    {DType::kInt8, "int8", 8},          {DType::kInt16, "int16", 16},   {DType::kInt32, "int32", 32},
    {DType::kInt64, "int64", 64},       {DType::kInt4, "int4", 4},      {DType::kUInt8, "uint8", 8},
    {DType::kUInt16, "uint16", 16},     {DType::kUInt32, "uint32", 32}, {DType::kUInt64, "uint64", 64},
    {DType::kUInt4, "uint4", 4},        {DType::kUInt2, "uint2", 2},    {DType::kUInt1, "uint1", 1},
    {DType::kUInt6, "uint6", 6},        {DType::kUInt3, "uint3", 3},    {DType::kFloat8E4M3FN, "fp8e4m3fn", 8},
    {DType::kFloat8E5M2, "fp8e5m2", 8},
};

const Row* find(DType type) {
  for (const Row& row : kRows)
    if (row.type == type) return &row;
  return nullptr;
}

}  // namespace

int bit_width(DType type) {
  const Row* row = find(type);
  return row ? row->bits : 0;
}

std::optional<int64_t> byte_size(DType type, int64_t count) {
  const int bits = bit_width(type);
  if (count < 0 || (bits > 0 && count > (std::numeric_limits<int64_t>::max() - 7) / bits)) return std::nullopt;
  return (count * bits + 7) / 8;
}

std::string_view name_of(DType type) {
  const Row* row = find(type);
  return row ? row->name : "unknown";
}

std::optional<DType> dtype_from_name(std::string_view mil_name) {
  for (const Row& row : kRows)
    if (row.name == mil_name) return row.type;
  return std::nullopt;
}

std::optional<DType> dtype_from_number(int mil_number) {
  for (const Row& row : kRows)
    if (static_cast<int>(row.type) == mil_number) return row.type;
  return std::nullopt;
}

bool is_float(DType type) {
  return type == DType::kFloat16 || type == DType::kFloat32 || type == DType::kFloat64 || type == DType::kBFloat16 ||
         type == DType::kFloat8E4M3FN || type == DType::kFloat8E5M2;
}

bool is_integer(DType type) { return type != DType::kBool && type != DType::kString && !is_float(type); }

bool is_signed(DType type) {
  return is_float(type) || type == DType::kInt8 || type == DType::kInt16 || type == DType::kInt32 ||
         type == DType::kInt64 || type == DType::kInt4;
}

}  // namespace anemone

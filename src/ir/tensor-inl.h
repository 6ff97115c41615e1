// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.h"
#include "ir/tensor.h"

namespace anemone {

template <typename Body>
decltype(auto) with_element_type(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::kFloat32:
      return body(float{});
    case DType::kBool:
      return body(bool{});
    case DType::kInt8:
      return body(int8_t{});
    case DType::kInt16:
      return body(int16_t{});
    case DType::kInt32:
      return body(int32_t{});
    case DType::kInt64:
      return body(int64_t{});
    case DType::kUInt8:
      return body(uint8_t{});
    case DType::kUInt16:
      return body(uint16_t{});
    case DType::kUInt32:
      return body(uint32_t{});
    case DType::kUInt64:
      return body(uint64_t{});
    default:
      fail("no arithmetic on elements of type {}", name_of(dtype));
  }
}

}  // namespace anemone

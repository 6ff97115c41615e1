// SPDX-License-Identifier: Apache-2.0
// Single elements of constants as text and back. Floats take the shortest decimal that reads back to the same bits,
// so text is exact; what decimal text cannot say (payloads of NaN, bools other than 0 and 1) gives nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/tensor.h"

namespace anemone {

// The bits of one element from "-1.5", "0x1p-3", "inf", "nan", "7", "true"; nothing when the text is not a value of the
// type. Integers must fit exactly, other numbers round to nearest.
std::optional<uint64_t> element_bits(DType dtype, std::string_view text);

// All elements in order, or nothing when some would not read back to the same bits.
std::optional<std::vector<std::string>> element_texts(const Tensor& stored);

// The bytes of a tensor from its elements' bits. CHECK: one entry for each element.
Tensor tensor_of_bits(DType dtype, const ConcreteShape& shape, const std::vector<uint64_t>& bits);

std::string hex_of(std::string_view bytes);
std::optional<std::string> bytes_of_hex(std::string_view hex);

}  // namespace anemone

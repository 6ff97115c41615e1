// SPDX-License-Identifier: Apache-2.0
// Sizes of arrays described by untrusted files.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "base/strings.h"

namespace anemone {

// Product of the dimensions, or nothing when one is negative or the product exceeds 63 bits. A zero makes it zero,
// but the other dimensions must still multiply to something representable.
inline std::optional<int64_t> element_count(std::span<const int64_t> shape) {
  int64_t product = 1;
  bool empty = false;
  for (const int64_t size : shape) {
    if (size < 0) return std::nullopt;
    if (size == 0) {
      empty = true;
      continue;
    }
    if (product > std::numeric_limits<int64_t>::max() / size) return std::nullopt;
    product *= size;
  }
  return empty ? 0 : product;
}

// "[2, 3]".
inline std::string shape_text(std::span<const int64_t> shape) {
  std::vector<std::string> parts;
  for (const int64_t size : shape) parts.push_back(std::to_string(size));
  return "[" + join(parts, ", ") + "]";
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// The `shape` that goes with a packed vector of bytes in compressed constants before CoreML8.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "ops/shared/blocks.h"

namespace anemone {

// The dense shape. Error unless the vector of bytes `packed` has exactly the length that `bits` bits an element need.
inline ConcreteShape packed_shape(const Arguments& args, std::string_view packed, int bits) {
  const ConcreteShape shape = args.integers("shape");
  const ConcreteShape bytes = concrete_shape(args, packed);
  if (bytes.size() != 1) fail("{} has rank {}, expected 1", packed, bytes.size());
  const int64_t count = product(shape);
  if (count > INT64_MAX / 8) fail("shape {} is too large", to_string(shape));
  const int64_t needed = count / 8 * bits + (count % 8 * bits + 7) / 8;
  if (bytes[0] != needed) fail("{} has {} bytes, expected {} for shape {}", packed, bytes[0], needed, to_string(shape));
  return shape;
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// The parameters of space_to_batch and batch_to_space: a block over height and width, and margins [top, bottom, left,
// right] that are padded or cropped.
#pragma once

#include <array>

#include "base/error.h"
#include "ops/shared/rearrange.h"

namespace anemone {

inline BlockSize block_shape(const Arguments& args) {
  const auto sizes = args.integers("block_shape");
  if (sizes.size() != 2 || sizes[0] < 1 || sizes[1] < 1)
    fail("block_shape is [{}], expected two sizes", fmt::join(sizes, ", "));
  return {sizes[0], sizes[1]};
}

using Margins4 = std::array<int64_t, 4>;

inline Margins4 block_margins(const Arguments& args, std::string_view name) {
  const auto sizes = args.integers(name);
  if (sizes.size() != 4) fail("{} has {} entries, expected 4", name, sizes.size());
  for (const int64_t size : sizes)
    if (size < 0) fail("{} has the entry {}", name, size);
  return {sizes[0], sizes[1], sizes[2], sizes[3]};
}

}  // namespace anemone

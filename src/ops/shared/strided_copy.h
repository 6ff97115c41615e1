// SPDX-License-Identifier: Apache-2.0
// Copies of strided blocks of bytes. Neighbouring axes that lie together are merged first, contiguous runs are copied
// whole, and an exchange of axes goes in square tiles, so both sides are touched line by line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace anemone {

struct StridedCopy {
  std::vector<int64_t> shape;          // no size is 0
  std::vector<int64_t> read_strides;   // in bytes
  std::vector<int64_t> write_strides;  // in bytes
  size_t width = 1;                    // bytes of one element
};

void run_copy(StridedCopy copy, const std::byte* from, std::byte* to, int threads);

}  // namespace anemone

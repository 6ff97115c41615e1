// SPDX-License-Identifier: Apache-2.0
// Where buffers lie in one arena so that those alive at the same time never overlap.
#pragma once

#include <cstddef>
#include <vector>

namespace anemone {

struct BufferLife {
  size_t size = 0;  // bytes
  int first = 0;    // step that writes it
  int last = 0;     // last step that reads it, >= first
};

struct MemoryPlan {
  std::vector<size_t> offsets;  // multiples of 64, one for each buffer
  size_t size = 0;
};

// Greedy by size: the largest buffer first, each at the lowest offset that is free during its life.
MemoryPlan plan_memory(const std::vector<BufferLife>& buffers);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Uninitialised floats aligned to a cache line; large ones start on a 2 MiB boundary and ask for huge pages, which
// streaming weights rewards. Throws std::bad_alloc. Sizes are in elements.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace anemone::kernels {

struct FreeBuffer {
  void operator()(float* pointer) const { std::free(pointer); }
};
using FloatBuffer = std::unique_ptr<float[], FreeBuffer>;

FloatBuffer make_buffer(int64_t count);

}  // namespace anemone::kernels

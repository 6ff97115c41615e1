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

// Memory that a thread keeps between calls: allocating and touching fresh pages costs more than small products do.
class Scratch {
 public:
  // At least `count` floats of any content; what was there before is lost.
  float* floats(int64_t count) {
    if (count > size_) {
      buffer_.reset();
      buffer_ = make_buffer(count);
      size_ = count;
    }
    return buffer_.get();
  }

 private:
  FloatBuffer buffer_;
  int64_t size_ = 0;
};

}  // namespace anemone::kernels

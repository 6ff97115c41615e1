// SPDX-License-Identifier: Apache-2.0
#include "kernels/buffer.h"

#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace anemone::kernels {

FloatBuffer make_buffer(int64_t count) {
  constexpr size_t kLine = 64;
  constexpr size_t kHugePage = size_t{2} << 20;
  if (count < 0 || count > INT64_MAX / 8) throw std::bad_alloc();
  const size_t bytes = static_cast<size_t>(count) * sizeof(float);
  const size_t alignment = bytes >= 2 * kHugePage ? kHugePage : kLine;
  const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded == 0 ? kLine : rounded);
  if (memory == nullptr) throw std::bad_alloc();
#if defined(__linux__)
  if (alignment == kHugePage) madvise(memory, rounded, MADV_HUGEPAGE);  // only advice: failure changes nothing
#endif
  return FloatBuffer(static_cast<float*>(memory));
}

}  // namespace anemone::kernels

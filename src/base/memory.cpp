// SPDX-License-Identifier: Apache-2.0
#include "base/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <limits>

#include "base/error.h"

namespace anemone {
namespace {

uint64_t physical_memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return std::numeric_limits<int64_t>::max();
  return static_cast<uint64_t>(pages) * static_cast<uint64_t>(page);
}

std::atomic<uint64_t>& limit() {
  static std::atomic<uint64_t> bytes = physical_memory();
  return bytes;
}

// Fresh memory of a tensor is then given in a few steps, not in thousands. Only a hint.
void use_large_pages(void* memory, size_t size) {
#if defined(MADV_HUGEPAGE)
  constexpr size_t kWorthAsking = size_t{4} << 20;
  if (size < kWorthAsking) return;
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(memory) + page - 1) / page * page;
  const uintptr_t end = (reinterpret_cast<uintptr_t>(memory) + size) / page * page;
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#else
  static_cast<void>(memory), static_cast<void>(size);
#endif
}

}  // namespace

uint64_t memory_limit() { return limit(); }

void set_memory_limit(uint64_t bytes) { limit() = bytes; }

std::shared_ptr<std::byte> aligned_bytes(size_t size) {
  if (size > memory_limit())
    fail("{} bytes are needed at once, which is more than the limit of {}", size, memory_limit());
  // Not aligned_alloc: glibc before 2.38 does not reuse what it gave back, and memory grows with each tensor that is
  // converted.
  size_t space = size + kMemoryAlignment;
  void* memory = std::malloc(space);
  if (!memory) fail("there is no memory for {} bytes", size);
  void* aligned = memory;
  use_large_pages(memory, space);
  CHECK(std::align(kMemoryAlignment, size, aligned, space));
  return {static_cast<std::byte*>(aligned), [memory](std::byte*) { std::free(memory); }};
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "base/memory.h"

#include <unistd.h>

#include <algorithm>
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

}  // namespace

uint64_t memory_limit() { return limit(); }

void set_memory_limit(uint64_t bytes) { limit() = bytes; }

std::shared_ptr<std::byte> aligned_bytes(size_t size) {
  if (size > memory_limit())
    fail("{} bytes are needed at once, which is more than the limit of {}", size, memory_limit());
  const size_t whole = std::max((size + kMemoryAlignment - 1) / kMemoryAlignment * kMemoryAlignment, kMemoryAlignment);
  auto* data = static_cast<std::byte*>(std::aligned_alloc(kMemoryAlignment, whole));
  if (!data) fail("there is no memory for {} bytes", size);
  return {data, [](std::byte* bytes) { std::free(bytes); }};
}

}  // namespace anemone

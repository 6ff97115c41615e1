// SPDX-License-Identifier: Apache-2.0
#include "base/memory.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <vector>

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

#if defined(__SANITIZE_ADDRESS__)
#define ANEMONE_CHECKS_ADDRESSES
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ANEMONE_CHECKS_ADDRESSES
#endif
#endif

#if defined(ANEMONE_CHECKS_ADDRESSES)
// A block that is used again would hide who reads it too late.
constexpr size_t kWorthKeeping = std::numeric_limits<size_t>::max();
#else
constexpr size_t kWorthKeeping = size_t{128} << 10;  // what malloc would ask the system for
#endif
constexpr size_t kMostKept = size_t{64} << 20;
constexpr size_t kMostBlocks = 64;

struct Block {
  void* memory = nullptr;
  size_t size = 0;
};

// Blocks that were given back, for the next tensors of about their size: the system would take their pages back
// and clear them again.
class Kept {
 public:
  // The smallest that fits, unless that would waste most of it; without memory when there is none.
  Block take(size_t size) {
    if (size < kWorthKeeping) return {};
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto fits = [&](const Block& block) { return block.size >= size && block.size / 4 <= size; };
    auto best = std::find_if(blocks_.begin(), blocks_.end(), fits);
    if (best == blocks_.end()) return {};
    for (auto next = best; next != blocks_.end(); ++next)
      if (fits(*next) && next->size < best->size) best = next;
    const Block found = *best;
    total_ -= found.size;
    blocks_.erase(best);
    return found;
  }

  // Those that were given back first make room.
  void give(const Block& block) {
    if (block.size < kWorthKeeping || block.size > kMostKept) return std::free(block.memory);
    const std::lock_guard<std::mutex> lock(mutex_);
    blocks_.push_back(block);
    for (total_ += block.size; total_ > kMostKept || blocks_.size() > kMostBlocks; blocks_.erase(blocks_.begin())) {
      std::free(blocks_.front().memory);
      total_ -= blocks_.front().size;
    }
  }

 private:
  std::mutex mutex_;
  std::vector<Block> blocks_;
  size_t total_ = 0;
};

// Never destroyed: tensors of static storage may be given back after everything else.
Kept& kept() {
  static Kept& blocks = *new Kept;
  return blocks;
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
  Block block = kept().take(space);
  if (!block.memory) {
    block = {std::malloc(space), space};
    if (!block.memory) fail("there is no memory for {} bytes", size);
  }
  void* aligned = block.memory;
  space = block.size;
  CHECK(std::align(kMemoryAlignment, size, aligned, space));
  return {static_cast<std::byte*>(aligned), [block](std::byte*) { kept().give(block); }};
}

}  // namespace anemone

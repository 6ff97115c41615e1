// SPDX-License-Identifier: Apache-2.0
#include "base/memory.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"

namespace anemone {
namespace {

TEST(Memory, IsAlignedAndWritable) {
  for (const size_t size : {0, 1, 64, 1000}) {
    const auto bytes = aligned_bytes(size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes.get()) % kMemoryAlignment, 0U);
    std::memset(bytes.get(), 1, size);
  }
}

TEST(Memory, MoreThanTheLimitIsAnError) {
  const uint64_t before = memory_limit();
  EXPECT_THROW(aligned_bytes(static_cast<size_t>(-1)), Error);
  set_memory_limit(1000);
  EXPECT_NO_THROW(aligned_bytes(1000));
  EXPECT_THROW(aligned_bytes(1001), Error);
  set_memory_limit(before);
}

}  // namespace
}  // namespace anemone

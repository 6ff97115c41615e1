// SPDX-License-Identifier: Apache-2.0
#include "runtime/memory_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace anemone {
namespace {

bool alive_together(const BufferLife& a, const BufferLife& b) { return a.first <= b.last && b.first <= a.last; }

// The rules that every plan keeps.
void check(const std::vector<BufferLife>& buffers) {
  const MemoryPlan plan = plan_memory(buffers);
  ASSERT_EQ(plan.offsets.size(), buffers.size());
  for (size_t i = 0; i < buffers.size(); ++i) {
    EXPECT_EQ(plan.offsets[i] % 64, 0U);
    EXPECT_LE(plan.offsets[i] + buffers[i].size, plan.size);
    for (size_t j = 0; j < i; ++j) {
      if (!alive_together(buffers[i], buffers[j])) continue;
      const bool apart =
          plan.offsets[i] + buffers[i].size <= plan.offsets[j] || plan.offsets[j] + buffers[j].size <= plan.offsets[i];
      EXPECT_TRUE(apart) << "buffers " << j << " and " << i;
    }
  }
}

TEST(MemoryPlan, BuffersAliveTogetherNeverOverlap) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<BufferLife> buffers(random() % 40);
    for (BufferLife& buffer : buffers) {
      buffer.size = random() % 7 == 0 ? 0 : random() % 5000;
      buffer.first = static_cast<int>(random() % 30);
      buffer.last = buffer.first + static_cast<int>(random() % 10);
    }
    check(buffers);
  }
}

TEST(MemoryPlan, MemoryIsUsedAgain) {
  // A chain: step i reads what step i - 1 wrote, so two buffers are enough.
  std::vector<BufferLife> chain;
  for (int i = 0; i < 50; ++i) chain.push_back({1024, i, i + 1});
  check(chain);
  EXPECT_EQ(plan_memory(chain).size, 2048U);
  EXPECT_EQ(plan_memory({}).size, 0U);
  EXPECT_EQ(plan_memory({{1, 0, 5}}).size, 64U);
}

TEST(MemoryPlan, NotLargerThanAllBuffersAndNotSmallerThanThoseAlive) {
  std::mt19937 random(9);
  for (int round = 0; round < 50; ++round) {
    std::vector<BufferLife> buffers(1 + random() % 30);
    size_t all = 0;
    for (BufferLife& buffer : buffers) {
      buffer.size = 64 * (1 + random() % 50);
      buffer.first = static_cast<int>(random() % 20);
      buffer.last = buffer.first + static_cast<int>(random() % 5);
      all += buffer.size;
    }
    size_t most_alive = 0;
    for (int step = 0; step < 25; ++step) {
      size_t alive = 0;
      for (const BufferLife& buffer : buffers)
        if (buffer.first <= step && step <= buffer.last) alive += buffer.size;
      most_alive = std::max(most_alive, alive);
    }
    const size_t size = plan_memory(buffers).size;
    EXPECT_LE(size, all);
    EXPECT_GE(size, most_alive);
  }
}

}  // namespace
}  // namespace anemone

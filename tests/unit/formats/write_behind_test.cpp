// SPDX-License-Identifier: Apache-2.0
#include "formats/write_behind.h"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "base/error.h"

namespace anemone {
namespace {

std::shared_ptr<const std::vector<std::byte>> bytes(size_t size, int value) {
  return std::make_shared<const std::vector<std::byte>>(size, static_cast<std::byte>(value));
}

TEST(WriteBehind, WritesInOrderAndLetsGo) {
  std::vector<std::pair<uint64_t, int>> written;
  std::weak_ptr<const void> last;
  {
    WriteBehind behind([&](std::span<const std::byte> piece, uint64_t offset) {
      written.emplace_back(offset, std::to_integer<int>(piece.front()));
    });
    for (int i = 0; i < 100; ++i) {
      const auto piece = bytes(4096, i);
      behind.put(*piece, static_cast<uint64_t>(i), piece);
      last = piece;
    }
    behind.drain();
    EXPECT_TRUE(last.expired());
  }
  ASSERT_EQ(written.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(written[static_cast<size_t>(i)], std::pair(static_cast<uint64_t>(i), i));
}

TEST(WriteBehind, WaitsWhenTooMuchIsWaiting) {
  std::promise<void> go;
  std::promise<void> third;
  WriteBehind behind([&, ready = go.get_future().share()](std::span<const std::byte>, uint64_t) { ready.wait(); });
  std::future<void> done = third.get_future();
  std::thread producer([&] {
    for (int i = 0; i < 3; ++i) {
      const auto piece = bytes(size_t{40} << 20, i);
      behind.put(*piece, 0, piece);
    }
    third.set_value();
  });
  EXPECT_EQ(done.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  go.set_value();
  producer.join();
  behind.drain();
}

TEST(WriteBehind, TellsOfTheFirstFailure) {
  WriteBehind behind([](std::span<const std::byte>, uint64_t offset) {
    if (offset == 1) fail("disk full");
  });
  const auto piece = bytes(1, 0);
  behind.put(*piece, 0, piece);
  behind.put(*piece, 1, piece);
  EXPECT_THROW(behind.drain(), Error);
  EXPECT_THROW(behind.put(*piece, 2, piece), Error);
}

TEST(WriteBehind, DropsWhatIsLeft) {
  const auto piece = bytes(1 << 20, 1);
  {
    WriteBehind behind([](std::span<const std::byte>, uint64_t) {});
    for (int i = 0; i < 50; ++i) behind.put(*piece, 0, piece);
  }
  EXPECT_EQ(piece.use_count(), 1);
}

}  // namespace
}  // namespace anemone

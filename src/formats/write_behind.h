// SPDX-License-Identifier: Apache-2.0
// Writes on a thread of its own, so that its owner makes the next bytes meanwhile. What waits to be written is bounded;
// the first failure is thrown by the next call.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>

namespace anemone {

class WriteBehind {
 public:
  using Write = std::function<void(std::span<const std::byte> bytes, uint64_t offset)>;

  // `write` is called on the thread, for one piece after the other.
  explicit WriteBehind(Write write);
  // Drops what is not written yet.
  ~WriteBehind();
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;

  // `owner` keeps the bytes alive until they are written. Waits while too many bytes are waiting.
  void put(std::span<const std::byte> bytes, uint64_t offset, std::shared_ptr<const void> owner);
  // Returns when everything is written.
  void drain();

 private:
  struct Piece {
    std::span<const std::byte> bytes;
    uint64_t offset;
    std::shared_ptr<const void> owner;
  };

  void serve();
  void check_error();

  Write write_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Piece> pieces_;  // the first one is being written
  size_t waiting_ = 0;        // bytes of all pieces
  std::exception_ptr error_;
  bool stop_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "formats/write_behind.h"

#include <utility>

namespace anemone {
namespace {

constexpr size_t kMostWaiting = size_t{64} << 20;

}  // namespace

WriteBehind::WriteBehind(Write write) : write_(std::move(write)), thread_([this] { serve(); }) {}

WriteBehind::~WriteBehind() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void WriteBehind::put(std::span<const std::byte> bytes, uint64_t offset, std::shared_ptr<const void> owner) {
  std::unique_lock<std::mutex> lock(mutex_);
  // A piece that is larger than the bound goes alone.
  changed_.wait(lock, [&] { return error_ || pieces_.empty() || waiting_ + bytes.size() <= kMostWaiting; });
  check_error();
  waiting_ += bytes.size();
  pieces_.push_back({bytes, offset, std::move(owner)});
  changed_.notify_all();
}

void WriteBehind::drain() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return error_ || pieces_.empty(); });
  check_error();
}

void WriteBehind::check_error() {
  if (error_) std::rethrow_exception(error_);
}

void WriteBehind::serve() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || (!error_ && !pieces_.empty()); });
    if (stop_) return;
    Piece& piece = pieces_.front();  // stays where it is while others are added behind it
    lock.unlock();
    std::exception_ptr error;
    try {
      write_(piece.bytes, piece.offset);
    } catch (...) {
      error = std::current_exception();
    }
    piece.owner.reset();
    lock.lock();
    error_ = error;
    waiting_ -= piece.bytes.size();
    pieces_.pop_front();
    changed_.notify_all();
  }
}

}  // namespace anemone

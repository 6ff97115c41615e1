// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace anemone {
namespace {

// The threads of this process, made when first needed. A worker that has nothing to do looks for work a little longer,
// since steps of a model follow each other within microseconds, and then sleeps. The caller never waits for a worker
// to wake up: it works on its own until nothing is left.
class Workers {
 public:
  ~Workers() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
      ++generation_;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  // Runs `worker` on the caller's thread and on up to `others` more. One job at a time: a second one runs alone.
  void run(int others, const std::function<void()>& worker) {
    const std::unique_lock<std::mutex> turn(turn_, std::try_to_lock);
    if (!turn) return worker();
    while (static_cast<int>(threads_.size()) < others) threads_.emplace_back([this] { serve(); });
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      job_ = &worker;
      places_ = others;
      ++generation_;
    }
    wake_.notify_all();
    worker();
    std::unique_lock<std::mutex> lock(mutex_);
    places_ = 0;  // whoever comes now is too late
    finished_.wait(lock, [this] { return running_ == 0; });
  }

 private:
  void serve() {
    for (uint64_t seen = 0;;) {
      for (int i = 0; i < 200 && generation_.load(std::memory_order_relaxed) == seen; ++i) std::this_thread::yield();
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait(lock, [&] { return generation_ != seen; });
      if (stop_) return;
      seen = generation_;
      if (places_ == 0) continue;
      --places_;
      ++running_;
      const std::function<void()>* job = job_;
      lock.unlock();
      (*job)();
      lock.lock();
      if (--running_ == 0) finished_.notify_one();
    }
  }

  std::mutex turn_;  // held by the thread whose job runs; guards threads_
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable finished_;
  std::vector<std::thread> threads_;
  std::atomic<uint64_t> generation_{0};
  const std::function<void()>* job_ = nullptr;
  int places_ = 0;
  int running_ = 0;
  bool stop_ = false;
};

Workers& workers() {
  static Workers all;
  return all;
}

}  // namespace

int hardware_threads() { return static_cast<int>(std::max(1U, std::thread::hardware_concurrency())); }

void parallel_for(int threads, int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
  if (count <= 0) return;
  grain = std::max<int64_t>(1, grain);
  const int64_t pieces = (count - 1) / grain + 1;
  if (threads <= 1 || pieces == 1) {
    for (int64_t begin = 0; begin < count; begin += grain) body(begin, std::min(count, begin + grain));
    return;
  }
  std::atomic<int64_t> next{0};
  std::exception_ptr first_error;
  std::mutex error_mutex;
  workers().run(static_cast<int>(std::min<int64_t>(threads, pieces)) - 1, [&] {
    try {
      for (int64_t piece = next++; piece < pieces; piece = next++)
        body(piece * grain, std::min(count, (piece + 1) * grain));
    } catch (...) {
      next = pieces;
      const std::lock_guard<std::mutex> lock(error_mutex);
      if (!first_error) first_error = std::current_exception();
    }
  });
  if (first_error) std::rethrow_exception(first_error);
}

}  // namespace anemone

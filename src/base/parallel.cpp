// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#if defined(ANEMONE_OPENMP)
#include <omp.h>
#endif

namespace anemone {
namespace {

// Runs `worker` on `threads` threads at once, the caller's among them.
void run_on_threads(int threads, const std::function<void()>& worker) {
#if defined(ANEMONE_OPENMP)  // oneDNN brings OpenMP's pool: sharing it keeps two pools from fighting
#pragma omp parallel num_threads(threads)
  worker();
#else
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(worker);
  worker();
  for (std::thread& other : others) other.join();
#endif
}

}  // namespace

int hardware_threads() {
#if defined(ANEMONE_OPENMP)
  return std::max(1, omp_get_num_procs());
#else
  return std::max(1U, std::thread::hardware_concurrency());
#endif
}

void parallel_for(int threads, int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
  if (count <= 0) return;
  grain = std::max<int64_t>(1, grain);
  const int64_t pieces = (count + grain - 1) / grain;
  if (threads <= 1 || pieces == 1) {
    for (int64_t begin = 0; begin < count; begin += grain) body(begin, std::min(count, begin + grain));
    return;
  }
  std::atomic<int64_t> next{0};
  std::exception_ptr first_error;
  std::mutex error_mutex;
  run_on_threads(static_cast<int>(std::min<int64_t>(threads, pieces)), [&] {
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

// SPDX-License-Identifier: Apache-2.0
#include "support/roof.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <vector>

#include "base/parallel.h"
#include "kernels/buffer.h"

namespace anemone::bench {
namespace {

using Clock = std::chrono::steady_clock;

double best_seconds(const std::function<void()>& body) {
  double best = 1e9;
  for (int i = 0; i < 40; ++i) {
    const Clock::time_point begin = Clock::now();
    body();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return best;
}

}  // namespace

double roof(kernels::Precision wished, int threads) {
  constexpr int kRounds = 256;
  const kernels::Precision precision = kernels::usable(wished, 1);
  const kernels::Tile tile = kernels::tile(precision);
  const double seconds = best_seconds([&] {
    parallel_for(threads, threads, 1, [&](int64_t, int64_t) {
      std::vector<float> a(static_cast<size_t>(tile.rows * kernels::kDepthBlock), 1.0F);
      std::vector<float> b(kernels::kPanel, 0.5F);
      std::vector<float> c(static_cast<size_t>(tile.rows * kernels::kPanel));
      for (int i = 0; i < kRounds; ++i)
        tile.multiply(tile.rows, kernels::kDepthBlock, a.data(), tile.rows, b.data(), 0, c.data(), kernels::kPanel,
                      false);
    });
  });
  return 2.0 * threads * kRounds * tile.rows * kernels::kPanel * kernels::kDepthBlock *
         static_cast<double>(kernels::values_per_word(precision)) / seconds;
}

double bandwidth(int threads) {
  constexpr int64_t kCount = int64_t{64} << 20;  // 256 MiB
  constexpr int64_t kPiece = int64_t{1} << 18;
  const kernels::FloatBuffer data = kernels::make_buffer(kCount);
  std::fill_n(data.get(), kCount, 1.0F);
  std::atomic<float> sink{0};
  const double seconds = best_seconds([&] {
    parallel_for(threads, kCount, kPiece, [&](int64_t begin, int64_t end) {
      float sums[64] = {};  // one element of each line is read; the lines arrive whole
      for (int64_t i = begin; i < end; i += 64 * 16)
        for (int64_t line = 0; line < 64; ++line) sums[line] += data[i + line * 16];
      sink = *std::max_element(sums, sums + 64);
    });
  });
  return static_cast<double>(kCount) * sizeof(float) / seconds;
}

}  // namespace anemone::bench

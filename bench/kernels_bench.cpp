// SPDX-License-Identifier: Apache-2.0
// Speed of the kernels beside the machine's own limits, measured in the same run: best of many repetitions, in GFLOP/s
// for products and GB/s for loops, on 1 thread and on all.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "kernels/conv/conv.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/gemm/gemm.h"
#include "kernels/norm/layer_norm.h"
#include "kernels/permute/permute.h"
#include "kernels/softmax/softmax.h"

namespace anemone::kernels {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<float> random_floats(int64_t count) {
  static std::mt19937 generator(1);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(generator() >> 8) * 0x1p-23F - 1.0F;
  return values;
}

double best_seconds(const std::function<void()>& body) {
  double best = 1e9;
  const Clock::time_point end = Clock::now() + std::chrono::milliseconds(200);
  body();
  do {
    const Clock::time_point begin = Clock::now();
    body();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - begin).count());
  } while (Clock::now() < end);
  return best;
}

void report(const std::string& name, double amount, const char* unit, const std::function<void(int)>& body) {
  const int all = hardware_threads();
  const double one = best_seconds([&] { body(1); });
  const double many = all == 1 ? one : best_seconds([&] { body(all); });
  fmt::print("{:<34}{:>9.1f}{:>9.1f} {}{:>11.1f} us\n", name, 1e-9 * amount / one, 1e-9 * amount / many, unit,
             many * 1e6);
}

// A tile of independent chains on data that never leaves the first-level cache: nothing is faster.
void bench_roof() {
  const Tile kernel = tile();
  report("roof: fused multiply-add", 64.0 * 2 * kernel.rows * kPanel * kDepthBlock, "GFLOP/s", [&](int threads) {
    parallel_for(threads, threads, 1, [&](int64_t, int64_t) {
      std::vector<float> a(static_cast<size_t>(kernel.rows * kDepthBlock), 1.0F);
      std::vector<float> b(kPanel, 0.5F);
      std::vector<float> c(static_cast<size_t>(kernel.rows * kPanel));
      for (int i = 0; i < 64 / threads; ++i)
        kernel.multiply(kernel.rows, kDepthBlock, a.data(), kernel.rows, b.data(), 0, c.data(), kPanel, false);
    });
  });
}

void bench_gemm(int64_t m, int64_t k, int64_t n) {
  const std::vector<float> x = random_floats(m * k);
  const std::vector<float> bias = random_floats(n);
  const PackedMatrix w(1, random_floats(n * k).data(), PackedMatrix::Layout::kNk, n, k, k);
  std::vector<float> out(static_cast<size_t>(m * n));
  report(fmt::format("gemm M{} K{} N{}", m, k, n), 2.0 * static_cast<double>(m * k * n), "GFLOP/s",
         [&](int threads) { gemm(threads, m, x.data(), k, w, bias.data(), Activation::kNone, out.data(), n); });
}

void bench_attention(int64_t rows, int64_t length, bool scores) {
  const int64_t heads = 12, head = 64;
  MatmulShape s;
  s.m = rows, s.n = scores ? length : head, s.k = scores ? head : length;
  s.transpose_y = scores;
  s.x_stride = s.k, s.y_stride = head, s.out_stride = s.n;
  s.batch = {{heads, s.m * s.k, s.n * s.k, s.m * s.n}};
  const std::vector<float> x = random_floats(heads * s.m * s.k);
  const std::vector<float> y = random_floats(heads * s.n * s.k);
  std::vector<float> out(static_cast<size_t>(heads * s.m * s.n));
  report(fmt::format("12 heads {} M{} S{}", scores ? "QK^T" : "PV", rows, length),
         2.0 * static_cast<double>(heads * s.m * s.n * s.k), "GFLOP/s",
         [&](int threads) { batched_matmul(threads, s, x.data(), y.data(), out.data()); });
}

void bench_conv(const std::string& name, const ConvGeometry& g, int64_t height, int64_t width) {
  const int64_t depth = g.in_channels / g.groups * g.kernel_height * g.kernel_width;
  const ConvPlan plan(1, g, random_floats(g.out_channels * depth).data());
  const std::vector<float> x = random_floats(g.in_channels * height * width);
  const int64_t results = g.out_channels * g.out_height(height) * g.out_width(width);
  std::vector<float> out(static_cast<size_t>(results));
  report("conv " + name, 2.0 * static_cast<double>(results * depth), "GFLOP/s",
         [&](int threads) { plan.run(threads, 1, height, width, x.data(), nullptr, Activation::kNone, out.data()); });
}

void bench_loops() {
  const int64_t rows = 1536, columns = 128;
  const std::vector<float> x = random_floats(rows * columns);
  std::vector<float> out(x.size());
  const double bytes = static_cast<double>(2 * sizeof(float) * x.size());
  const std::pair<const char*, Unary> functions[] = {{"exp", Unary::kExp},   {"log", Unary::kLog},
                                                     {"tanh", Unary::kTanh}, {"gelu", Unary::kGelu},
                                                     {"silu", Unary::kSilu}, {"rsqrt", Unary::kRsqrt}};
  for (const auto& [name, function] : functions)
    report(name, bytes, "GB/s", [&, f = function](int threads) {
      parallel_for(threads, rows, 64, [&](int64_t begin, int64_t end) {
        unary(f, &x[begin * columns], &out[begin * columns], (end - begin) * columns);
      });
    });
  report("softmax rows", bytes, "GB/s", [&](int t) { softmax(t, rows, columns, 1, x.data(), out.data()); });
  report("softmax axis 1", bytes, "GB/s", [&](int t) { softmax(t, 1, rows, columns, x.data(), out.data()); });
  report("layer norm rows of 768", bytes, "GB/s",
         [&](int t) { layer_norm(t, 256, 768, 1, x.data(), x.data(), x.data(), 1e-5F, out.data()); });
  report("layer norm axis 1", bytes, "GB/s",
         [&](int t) { layer_norm(t, 2, 768, 128, x.data(), x.data(), x.data(), 1e-5F, out.data()); });
  const int64_t shape[] = {12, 128, 128};
  const int64_t order[] = {0, 2, 1};
  report("permute 021, 4 bytes", bytes, "GB/s", [&](int t) { permute(t, 4, shape, order, x.data(), out.data()); });
  const int64_t wide[] = {12, 128, 256};
  report("permute 021, 2 bytes", bytes, "GB/s", [&](int t) { permute(t, 2, wide, order, x.data(), out.data()); });
}

void bench_all() {
  fmt::print("{:<34}{:>9}{:>9}\n", "", "1 thread", fmt::format("{}", hardware_threads()));
  bench_roof();
  for (int64_t m : {1, 4, 16, 128, 384}) bench_gemm(m, 768, 3072);
  bench_gemm(128, 768, 768);
  bench_gemm(128, 3072, 768);
  for (bool scores : {true, false}) {
    bench_attention(1, 384, scores);
    bench_attention(128, 128, scores);
    bench_attention(384, 384, scores);
  }
  bench_conv("1x1 768->768, S 1", {768, 768}, 1, 1);
  bench_conv("1x1 768->768, S 128", {768, 768}, 1, 128);
  bench_conv("1x1 768->3072, S 128", {768, 3072}, 1, 128);
  bench_conv("1x1 3072->768, S 128", {3072, 768}, 1, 128);
  bench_conv("1x1 320->320, 64x64", {320, 320}, 64, 64);
  bench_conv("3x3 64->64, 56x56", {64, 64, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1}, 56, 56);
  bench_conv("3x3 320->320, 64x64", {320, 320, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1}, 64, 64);
  bench_conv("16x16/16 3->192, 224x224", {3, 192, 1, 16, 16, 16, 16}, 224, 224);
  bench_conv("1x3 80->384, S 3000", {80, 384, 1, 1, 3, 1, 1, 1, 1, 0, 0, 1, 1}, 1, 3000);
  bench_conv("depthwise 7x7 96, 28x28", {96, 96, 96, 7, 7, 1, 1, 1, 1, 3, 3, 3, 3}, 28, 28);
  bench_loops();
}

}  // namespace
}  // namespace anemone::kernels

int main() { anemone::kernels::bench_all(); }

// SPDX-License-Identifier: Apache-2.0
#include "kernels/gemm/gemm.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/elementwise/elementwise.h"
#include "targets.h"

namespace anemone::kernels {
namespace {

using Layout = PackedMatrix::Layout;

std::vector<double> reference(const std::vector<float>& x, const std::vector<float>& w, int64_t m, int64_t n,
                              int64_t k) {
  std::vector<double> out(static_cast<size_t>(m * n));
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j)
      for (int64_t c = 0; c < k; ++c) out[i * n + j] += static_cast<double>(x[i * k + c]) * w[j * k + c];
  return out;
}

std::vector<float> product(int threads, int64_t m, const std::vector<float>& x, const PackedMatrix& w,
                           const float* bias = nullptr, Activation activation = Activation::kNone) {
  std::vector<float> out(static_cast<size_t>(m * w.n()), -77.0F);
  gemm(threads, m, x.data(), w.k(), w, bias, activation, out.data(), w.n());
  return out;
}

TEST(Gemm, MatchesDoubleOnEveryTarget) {
  const int64_t shapes[][3] = {{1, 1, 1},     {1, 33, 17},   {5, 31, 64},  {12, 32, 256},
                               {13, 65, 257}, {241, 40, 30}, {2, 100, 600}};
  for_each_target([&](int64_t) {
    for (const auto& [m, n, k] : shapes) {
      const std::vector<float> x = random_floats(m * k, 1);
      const std::vector<float> w = random_floats(n * k, 2);
      const std::vector<double> expected = reference(x, w, m, n, k);
      const std::vector<float> out = product(2, m, x, PackedMatrix(1, w.data(), Layout::kNk, n, k, k));
      for (size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], expected[i], 2e-7 * static_cast<double>(k) + 1e-6);
    }
  });
}

TEST(Gemm, RowsAndThreadsDoNotChangeBits) {
  const int64_t shapes[][2] = {{768, 96}, {300, 33}, {64, 128}, {17, 5}, {1, 9}, {1100, 40}};
  for (const auto& [k, n] : shapes) {
    const int64_t most = 500;
    const std::vector<float> x = random_floats(most * k, 3);
    const std::vector<float> w = random_floats(n * k, 4);
    const std::vector<float> bias = random_floats(n, 5);
    const PackedMatrix packed(2, w.data(), Layout::kNk, n, k, k);
    const std::vector<float> all = product(1, most, x, packed, bias.data(), Activation::kGelu);
    for (int threads : {1, 2, 3})
      for (int64_t m : {1, 2, 3, 7, 11, 12, 13, 16, 17, 64, 128, 240, 241, 500}) {
        const std::vector<float> out = product(threads, m, x, packed, bias.data(), Activation::kGelu);
        ASSERT_TRUE(same_bits(out, {all.begin(), all.begin() + m * n})) << m << " rows, K " << k << ", N " << n;
      }
  }
}

TEST(Gemm, SumsInTheDocumentedOrder) {
  for_each_target([&](int64_t target) {
    const bool fused = target == HWY_AVX2 || target == HWY_AVX3 || target == HWY_NEON;
    const int64_t k = 600;
    const std::vector<float> x = random_floats(k, 6);
    const std::vector<float> w = random_floats(k, 7);
    float expected = 0;
    for (int64_t begin = 0; begin < k; begin += kDepthBlock) {
      float block = 0;
      for (int64_t i = begin; i < std::min(k, begin + kDepthBlock); ++i)
        block = fused ? std::fma(x[i], w[i], block) : x[i] * w[i] + block;
      expected = begin == 0 ? block : expected + block;
    }
    const std::vector<float> out = product(1, 1, x, PackedMatrix(1, w.data(), Layout::kNk, 1, k, k));
    EXPECT_EQ(out[0], expected);
  });
}

TEST(Gemm, BothLayoutsGiveTheSameBits) {
  const int64_t m = 7, n = 45, k = 70;
  const std::vector<float> x = random_floats(m * k, 1);
  const std::vector<float> nk = random_floats(n * k, 2);
  std::vector<float> kn(nk.size());
  for (int64_t j = 0; j < n; ++j)
    for (int64_t c = 0; c < k; ++c) kn[c * n + j] = nk[j * k + c];
  EXPECT_TRUE(same_bits(product(1, m, x, PackedMatrix(1, nk.data(), Layout::kNk, n, k, k)),
                        product(1, m, x, PackedMatrix(1, kn.data(), Layout::kKn, n, k, n))));
}

TEST(Gemm, EpilogueHasTheBitsOfSeparateSteps) {
  const int64_t m = 13, n = 70, k = 40;
  const std::vector<float> x = random_floats(m * k, 1);
  const std::vector<float> w = random_floats(n * k, 2);
  const std::vector<float> bias = random_floats(n, 3);
  const PackedMatrix packed(1, w.data(), Layout::kNk, n, k, k);
  std::vector<float> separate = product(1, m, x, packed);
  for (int64_t i = 0; i < m; ++i) binary(Binary::kAdd, &separate[i * n], bias.data(), &separate[i * n], n);
  EXPECT_TRUE(same_bits(separate, product(2, m, x, packed, bias.data())));
  unary(Unary::kSilu, separate.data(), separate.data(), m * n);
  EXPECT_TRUE(same_bits(separate, product(2, m, x, packed, bias.data(), Activation::kSilu)));
}

TEST(Gemm, KeepsToItsColumnsAndAcceptsEmptyShapes) {
  const int64_t m = 3, n = 5, k = 4;
  const std::vector<float> x = random_floats(m * k, 1);
  const PackedMatrix packed(1, x.data(), Layout::kNk, 2, k, k);
  std::vector<float> out(static_cast<size_t>(m * n), 9.0F);
  gemm(1, m, x.data(), k, packed, nullptr, Activation::kNone, out.data(), n);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 2; j < n; ++j) EXPECT_EQ(out[i * n + j], 9.0F);
  const float bias = 2.5F;
  EXPECT_EQ(product(1, 2, {}, PackedMatrix(1, nullptr, Layout::kNk, 1, 0, 0), &bias), std::vector<float>({2.5F, 2.5F}));
  EXPECT_TRUE(product(1, 0, x, packed).empty());
}

struct Case {
  int64_t m, n, k;
  bool transpose_x, transpose_y;
};

// `batch` items of heads: x and y keep the head axis inside a row, as attention stores them.
std::vector<float> heads(int threads, const Case& c, int64_t batch, int64_t head_count, const std::vector<float>& x,
                         const std::vector<float>& y) {
  MatmulShape shape;
  shape.m = c.m, shape.n = c.n, shape.k = c.k;
  shape.transpose_x = c.transpose_x, shape.transpose_y = c.transpose_y;
  const int64_t x_row = c.transpose_x ? c.m : c.k;
  const int64_t y_row = c.transpose_y ? c.k : c.n;
  shape.x_stride = x_row * head_count;
  shape.y_stride = y_row * head_count;
  shape.out_stride = c.n;
  shape.batch = {{batch, c.m * c.k * head_count, c.n * c.k * head_count, head_count * c.m * c.n},
                 {head_count, x_row, y_row, c.m * c.n}};
  std::vector<float> out(static_cast<size_t>(batch * head_count * c.m * c.n), -77.0F);
  batched_matmul(threads, shape, x.data(), y.data(), out.data());
  return out;
}

TEST(BatchedMatmul, MatchesDoubleWithStridesAndTransposes) {
  const int64_t head_count = 3, batch = 2;
  for_each_target([&](int64_t) {
    for (const Case& c : {Case{5, 33, 20, false, false},
                          {1, 32, 64, false, true},
                          {1, 40, 30, true, false},
                          {13, 7, 300, true, true},
                          {250, 5, 3, false, true},
                          {3, 530, 2, false, false}}) {
      const std::vector<float> x = random_floats(batch * head_count * c.m * c.k, 1);
      const std::vector<float> y = random_floats(batch * head_count * c.n * c.k, 2);
      const std::vector<float> out = heads(2, c, batch, head_count, x, y);
      for (int64_t b = 0; b < batch; ++b)
        for (int64_t h = 0; h < head_count; ++h)
          for (int64_t i = 0; i < c.m; ++i)
            for (int64_t j = 0; j < c.n; ++j) {
              double sum = 0;
              for (int64_t k = 0; k < c.k; ++k) {
                const int64_t xi = c.transpose_x ? (k * head_count + h) * c.m + i : (i * head_count + h) * c.k + k;
                const int64_t yi = c.transpose_y ? (j * head_count + h) * c.k + k : (k * head_count + h) * c.n + j;
                sum += static_cast<double>(x[b * c.m * c.k * head_count + xi]) * y[b * c.n * c.k * head_count + yi];
              }
              ASSERT_NEAR(out[((b * head_count + h) * c.m + i) * c.n + j], sum, 1e-5);
            }
    }
  });
}

TEST(BatchedMatmul, BatchRowsThreadsAndStridesDoNotChangeBits) {
  for (int64_t depth : {32, 80, 300})
    for (bool transpose_y : {false, true}) {
      const int64_t rows = 130, n = 70;
      const std::vector<float> x = random_floats(4 * rows * depth, 1);
      const std::vector<float> y = random_floats(4 * n * depth, 2);
      const std::vector<float> all = heads(1, {rows, n, depth, false, transpose_y}, 4, 1, x, y);
      const PackedMatrix packed(1, y.data(), transpose_y ? Layout::kNk : Layout::kKn, n, depth,
                                transpose_y ? depth : n);
      EXPECT_TRUE(same_bits(product(1, rows, x, packed), {all.begin(), all.begin() + rows * n}));
      for (int threads : {1, 2})
        for (int64_t m : {1, 2, 3, 4, 5, 7, 16, 17, 64}) {
          const std::vector<float> out = heads(threads, {m, n, depth, false, transpose_y}, 1, 1, x, y);
          ASSERT_TRUE(same_bits(out, {all.begin(), all.begin() + m * n})) << m;
        }
    }
}

}  // namespace
}  // namespace anemone::kernels

// SPDX-License-Identifier: Apache-2.0
#include "kernels/gemm/precision.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/half.h"
#include "kernels/gemm/gemm.h"
#include "targets.h"

namespace anemone::kernels {
namespace {

using Layout = PackedMatrix::Layout;

constexpr Precision kLower[] = {Precision::kBfloat16, Precision::kInt8};
constexpr int64_t kShapes[][3] = {{1, 1, 1}, {1, 33, 17}, {5, 31, 64}, {12, 32, 1026}, {13, 65, 2303}, {241, 40, 30}};

std::vector<float> product(int threads, int64_t m, const std::vector<float>& x, const PackedMatrix& w,
                           const float* bias = nullptr) {
  std::vector<float> out(static_cast<size_t>(m * w.n()), -77.0F);
  const Product product{&w, bias, {}, out.data(), w.n()};
  gemm(threads, m, x.data(), w.k(), {&product, 1});
  return out;
}

float as_bfloat16(float value) { return bfloat16_to_float(float_to_bfloat16(value)); }

// The product of rounded factors, in double.
double exact(const std::vector<float>& x, const std::vector<float>& w, int64_t i, int64_t j, int64_t k, bool round) {
  double sum = 0;
  for (int64_t c = 0; c < k; ++c) {
    const float a = x[static_cast<size_t>(i * k + c)];
    const float b = w[static_cast<size_t>(j * k + c)];
    sum += round ? static_cast<double>(as_bfloat16(a)) * as_bfloat16(b) : static_cast<double>(a) * b;
  }
  return sum;
}

TEST(Precision, Bfloat16RoundsTheFactorsOnly) {
  for (const auto& [m, n, k] : kShapes) {
    const std::vector<float> x = random_floats(m * k, 1);
    const std::vector<float> w = random_floats(n * k, 2);
    const PackedMatrix packed(2, w.data(), Layout::kNk, n, k, k, Precision::kBfloat16);
    const std::vector<float> out = product(2, m, x, packed);
    const bool rounds = packed.precision() == Precision::kBfloat16;
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j)
        ASSERT_NEAR(out[static_cast<size_t>(i * n + j)], exact(x, w, i, j, k, rounds),
                    2e-7 * static_cast<double>(k) + 1e-6);
  }
}

// Each factor is off by half a step at most: of 255 for the range of a row, of 127 for the largest weight.
TEST(Precision, IntegersAreNearest) {
  for (const auto& [m, n, k] : kShapes) {
    const std::vector<float> x = random_floats(m * k, 1, -0.25F, 2.0F);
    const std::vector<float> w = random_floats(n * k, 2);
    const PackedMatrix packed(2, w.data(), Layout::kNk, n, k, k, Precision::kInt8);
    const std::vector<float> out = product(2, m, x, packed);
    const double largest = 2.0;
    const double bound = static_cast<double>(k) * (largest * (0.51 / 127) + (0.51 * 2.25 / 255) * 1.01) + 1e-6;
    double squares = 0;
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        const double error = out[static_cast<size_t>(i * n + j)] - exact(x, w, i, j, k, false);
        ASSERT_LE(std::abs(error), bound);
        squares += error * error;
      }
    // Errors are independent, so they grow with the root of k.
    EXPECT_LE(std::sqrt(squares / static_cast<double>(m * n)), 0.01 * std::sqrt(static_cast<double>(k)) + 1e-6);
  }
}

TEST(Precision, RowsThreadsAndLayoutDoNotChangeBits) {
  for (const Precision precision : kLower)
    for (const int64_t k : {int64_t{7}, int64_t{300}, int64_t{1500}}) {
      const int64_t most = 250;
      const int64_t n = 70;
      const std::vector<float> x = random_floats(most * k, 3);
      const std::vector<float> w = random_floats(n * k, 4);
      const std::vector<float> bias = random_floats(n, 5);
      std::vector<float> turned(w.size());
      for (int64_t j = 0; j < n; ++j)
        for (int64_t c = 0; c < k; ++c) turned[static_cast<size_t>(c * n + j)] = w[static_cast<size_t>(j * k + c)];
      const PackedMatrix packed(2, w.data(), Layout::kNk, n, k, k, precision);
      const PackedMatrix other(1, turned.data(), Layout::kKn, n, k, n, precision);
      const std::vector<float> all = product(1, most, x, packed, bias.data());
      EXPECT_TRUE(same_bits(all, product(2, most, x, other, bias.data())));
      for (const int64_t m : {1, 2, 11, 12, 13, 48, 49, 241})
        EXPECT_TRUE(same_bits(product(2, m, x, packed, bias.data()), {all.begin(), all.begin() + m * n})) << m;
    }
}

TEST(Precision, ZerosStayZeroAndNanIsSeen) {
  const int64_t k = 50;
  for (const Precision precision : kLower) {
    std::vector<float> x = random_floats(3 * k, 6);
    std::fill_n(x.begin(), k, 0.0F);
    x[static_cast<size_t>(2 * k + 7)] = NAN;
    std::vector<float> w = random_floats(2 * k, 7);
    std::fill_n(w.begin(), k, 0.0F);
    const std::vector<float> out = product(1, 3, x, PackedMatrix(1, w.data(), Layout::kNk, 2, k, k, precision));
    EXPECT_EQ(out[0], 0.0F);
    EXPECT_EQ(out[1], 0.0F);
    EXPECT_EQ(out[2], 0.0F);
    EXPECT_NE(out[3], 0.0F);
    EXPECT_TRUE(std::isnan(out[5]));
  }
}

TEST(Precision, SumsThatCouldOverflowAreFloats) {
  EXPECT_EQ(usable(Precision::kInt8, int64_t{1} << 20), Precision::kFloat32);
}

}  // namespace
}  // namespace anemone::kernels

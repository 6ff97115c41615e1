// SPDX-License-Identifier: Apache-2.0
// The Neural Engine's multiply-accumulate array: cases published for M4 and M6 (751K, Apple Neural Engine
// Microarchitecture Study M6, tables 8-1 to 8-3 and the data behind them), and equality with a slow reference that
// works on the bits of halves in integers.
#include "kernels/ane/mac.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/half.h"
#include "kernels/ane/half.h"
#include "targets.h"

namespace anemone::kernels::ane {
namespace {

constexpr float kInf = INFINITY;
constexpr int64_t kOverflow = int64_t{1} << 31;  // 32768 in units of 2^-16

// ---- reference: significand · 2^(exponent - 10)
struct Bits {
  int64_t significand;
  int exponent;

  explicit Bits(float value) {
    const uint16_t half = float_to_half(value);
    const int field = half >> 10 & 31;
    significand = (half & 0x3FF) + (field == 0 ? 0 : 1024);
    exponent = field == 0 ? -14 : field - 15;  // 31 is one more binade
    if (half & 0x8000) significand = -significand;
  }
};

// value / 2^shift, ties away from zero.
int64_t shifted(int64_t value, int shift) {
  if (shift <= 0) return value * (int64_t{1} << -shift);
  const int64_t magnitude = std::abs(value);
  const int64_t result = shift > 40 ? 0 : (magnitude + (int64_t{1} << (shift - 1))) >> shift;
  return value < 0 ? -result : result;
}

float half_of_units(int64_t units) {
  const int64_t magnitude = std::abs(units);
  int drop = 0;
  while (magnitude >> drop >= 2048) ++drop;
  const auto value = static_cast<float>(shifted(magnitude, drop)) * std::ldexp(1.0F, drop - 16);
  return units < 0 ? -value : value;
}

float reference(const float* x, const float* w, int64_t count, float bias) {
  const Bits start(bias);
  int64_t sum = shifted(start.significand, 10 - 16 - start.exponent);
  for (int64_t k = 0; k <= count; ++k) {
    if (std::abs(sum) >= kOverflow) return sum < 0 ? -kInf : kInf;
    if (k == count) break;
    const Bits a(x[k]);
    const Bits b(w[k]);
    if (a.exponent + b.exponent <= -17) continue;
    sum += shifted(a.significand * b.significand, 20 - 16 - a.exponent - b.exponent);
  }
  return half_of_units(sum);
}

// ---- the kernel
std::vector<int64_t> offsets(int64_t count, int64_t stride) {
  std::vector<int64_t> result(static_cast<size_t>(count));
  for (size_t i = 0; i < result.size(); ++i) result[i] = static_cast<int64_t>(i) * stride;
  return result;
}

// x is (m, k), w (n, k), bias of columns.
std::vector<float> multiply(const std::vector<float>& x, const std::vector<float>& w, int64_t k,
                            const std::vector<float>& bias, int threads = 1) {
  const auto m = static_cast<int64_t>(x.size()) / k;
  const auto n = static_cast<int64_t>(w.size()) / k;
  std::vector<float> out(static_cast<size_t>(m * n), -77.0F);
  const auto depth = offsets(k, 1);
  const auto rows = offsets(m, k);
  const auto columns = offsets(n, k);
  const auto out_rows = offsets(m, n);
  const auto out_columns = offsets(n, 1);
  const MacColumns packed(threads, {w.data(), depth, columns});
  MacBias start;
  if (!bias.empty()) start.of_column = bias.data();
  mac(threads, {x.data(), rows, depth}, packed, start, {out.data(), out_rows, out_columns});
  return out;
}

float dot(const std::vector<float>& x, const std::vector<float>& w, float bias = 0) {
  const float result = multiply(x, w, static_cast<int64_t>(x.size()), {bias})[0];
  EXPECT_EQ(reference(x.data(), w.data(), static_cast<int64_t>(x.size()), bias), result);
  return result;
}

float sum(const std::vector<float>& x, float bias = 0) { return dot(x, std::vector<float>(x.size(), 1.0F), bias); }

TEST(AneMac, RangeAndOverflow) {
  EXPECT_EQ(sum({32752}), 32752);
  EXPECT_EQ(sum({32768}), kInf);
  EXPECT_EQ(sum({-32768}), -kInf);
  EXPECT_EQ(sum({65504}), kInf);
  EXPECT_EQ(sum({16384, 16376}), 32768);  // 32760 is in range; the half beside it is 32768
  EXPECT_EQ(sum({16376, 16376}), 32752);
  EXPECT_EQ(sum({30000, 2768}), kInf);
  EXPECT_EQ(sum({16384, 16384}), kInf);
  EXPECT_EQ(sum({16384, 16384, -16384, -16384, 1}), kInf);  // for good
  EXPECT_EQ(sum({-16384, -16384, 16384, 16384, 1}), -kInf);
  EXPECT_EQ(sum({16384, -16384, 16384, -16384, 1}), 1);  // the order decides
  EXPECT_EQ(sum({16384, 0x1p-16F, -16384}), 0x1p-16F);
  EXPECT_EQ(sum({16384, 0x1p-18F, -16384}), 0);
  EXPECT_EQ(dot({65504}, {0x1p-4F}), 4094);
  for (float scale : {1.0F, 16.0F, 256.0F, 4096.0F}) {  // the scale is fixed
    EXPECT_EQ(dot({32752 / scale}, {scale}), 32752);
    EXPECT_EQ(dot({32768 / scale}, {scale}), kInf);
  }
}

TEST(AneMac, SmallProductsVanish) {
  const float unit = 0x1p-16F;
  EXPECT_EQ(dot({1.875F * 0x1p-14F}, {1.875F * 0x1p-3F}), 0);  // exponents add up to -17
  EXPECT_EQ(dot({1.9902344F * 0x1p-14F}, {1.9902344F * 0x1p-3F}), 0);
  EXPECT_EQ(dot({1.9003906F * 0x1p-13F}, {1.5F * 0x1p-4F}), 0);
  EXPECT_EQ(dot({0.99023438F * 0x1p-14F}, {0.199951171875F}), 0);
  EXPECT_EQ(dot({1.5F * 0x1p-13F}, {0.125F}), 2 * unit);  // -16
  EXPECT_EQ(dot({0.5F * 0x1p-14F}, {0.25F}), unit);
  EXPECT_EQ(dot({0x1p-4F}, {0x1p-13F}), 0);
  EXPECT_EQ(sum({0x1p-17F}), unit);
  EXPECT_EQ(sum({-0x1p-17F}), -unit);
  EXPECT_EQ(sum({0x1p-18F}), 0);
  EXPECT_EQ(sum({1.5F * 0x1p-16F}), 2 * unit);
  EXPECT_EQ(sum({1.5F * 0x1p-18F}), 0);
  for (float w : {0x1p-12F, 0x1p-8F, 0x1p-3F}) EXPECT_EQ(dot({0.75F * unit / w}, {w}), 0);
  for (float w : {0x1p-2F, 1.0F, 16.0F}) EXPECT_EQ(dot({0.75F * unit / w}, {w}), unit);
  for (float w : {0x1p-12F, 0x1p-2F, 4.0F}) {
    EXPECT_EQ(dot({2.5F * unit / w}, {w}), 3 * unit);
    EXPECT_EQ(dot({-2.5F * unit / w}, {w}), -3 * unit);
  }
}

TEST(AneMac, BiasIsTheStartValue) {
  EXPECT_EQ(sum({16384, 16384}, -16384), 16384);
  EXPECT_EQ(sum({16384, 16384, 16384}, -16384), kInf);
  EXPECT_EQ(sum({32736}, 32), kInf);
  EXPECT_EQ(sum({32752}, -16384), 16368);
  EXPECT_EQ(sum({0}, 0x1p-20F), 0);
  EXPECT_EQ(sum({0}, 0x1p-17F), 0x1p-16F);
  EXPECT_EQ(sum({0x1p-17F}, 0x1p-17F), 0x1p-15F);
  EXPECT_EQ(sum({0x1p-16F}, 0x1p-17F), 0x1p-15F);
  EXPECT_EQ(sum({0.25F}, 1000.5F), 1001);
  EXPECT_EQ(sum({0x1p-17F}, -1), -1);
  EXPECT_EQ(sum({1}, -1), 0);
}

TEST(AneMac, ResultsRoundAwayFromZero) {
  EXPECT_EQ(sum({2048, 1}), 2050);
  EXPECT_EQ(sum({-2048, -1}), -2050);
  EXPECT_EQ(sum({2050, 1}), 2052);
  EXPECT_EQ(sum({4096, 2}), 4100);
  EXPECT_EQ(sum({-4096, -2}), -4100);
  EXPECT_EQ(sum({1, 0x1p-11F}), 1 + 0x1p-10F);
  EXPECT_EQ(sum({-1, -0x1p-11F}), -1 - 0x1p-10F);
  EXPECT_EQ(sum({1, 0x1p-12F, 0x1p-13F}), 1);
  EXPECT_EQ(sum({1, 0x1p-11F, -0x1p-13F}), 1);
  EXPECT_EQ(sum({2048, 1, 0x1p-16F}), 2050);
  EXPECT_EQ(sum({2048, 1, -0x1p-16F}), 2048);    // one unit below the tie
  EXPECT_EQ(sum({16384, 8, -0x1p-16F}), 16384);  // beyond 24 bits
  EXPECT_EQ(sum({16384, 8}), 16400);
  EXPECT_FALSE(std::signbit(sum({-0.0F})));
  EXPECT_FALSE(std::signbit(dot({1, -1}, {1, 1})));
}

TEST(AneMac, NoPartialSumsInHalf) {
  EXPECT_EQ(sum({2048, 1, -2048}), 1);
  EXPECT_EQ(sum({1, 2048, -2048}), 1);
  for (int bits = 0; bits <= 16; bits += 2) {
    const float small = std::ldexp(1.0F, -bits);
    EXPECT_EQ(sum({16384, small, -16384}), small);
  }
}

TEST(AneMac, InfinityAndNanAreNumbers) {
  const float nan_7e00 = std::bit_cast<float>(0x7FC00000U);
  const float nan_7fff = std::bit_cast<float>(0x7FFFE000U);
  for (float w : {0x1p-12F, 0x1p-4F}) {
    EXPECT_EQ(dot({kInf}, {w}) / w, 65536);
    EXPECT_EQ(dot({-kInf}, {w}) / w, -65536);
    EXPECT_EQ(dot({nan_7e00}, {w}) / w, 98304);
    EXPECT_EQ(dot({-nan_7e00}, {w}) / w, -98304);
    EXPECT_EQ(dot({nan_7fff}, {w}) / w, 131008);
  }
  EXPECT_EQ(dot({nan_7e00}, {1}), kInf);
  EXPECT_EQ(dot({kInf, 1}, {0, 1}), 1);
}

// Halves with exponents from `low` to `high`, some zeros and subnormals.
std::vector<float> random_halves(int64_t count, int low, int high, std::mt19937& random) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) {
    const auto kind = random() % 32;
    const int exponent = low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
    const uint32_t field = kind == 0 ? 0U : static_cast<uint32_t>(std::clamp(exponent + 15, 0, 30));
    const uint32_t bits = kind == 1 ? 0U : field << 10 | (random() & 0x3FF);
    value = half_to_float(static_cast<uint16_t>(bits | (random() & 1) << 15));
  }
  return values;
}

// All products of random rows and columns against the reference.
void expect_equal(int64_t m, int64_t n, int64_t k, int x_low, int x_high, int w_low, int w_high, unsigned seed) {
  std::mt19937 random(seed);
  const auto x = random_halves(m * k, x_low, x_high, random);
  const auto w = random_halves(n * k, w_low, w_high, random);
  const auto bias = random_halves(n, std::max(-14, x_low + w_low), std::clamp(x_high + w_high, -14, 13), random);
  const auto got = multiply(x, w, k, bias);
  int64_t infinite = 0;
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      const float want = reference(x.data() + i * k, w.data() + j * k, k, bias[static_cast<size_t>(j)]);
      ASSERT_EQ(std::bit_cast<uint32_t>(want), std::bit_cast<uint32_t>(got[static_cast<size_t>(i * n + j)]))
          << i << ", " << j << " of K " << k;
      infinite += std::isinf(want);
    }
  }
  if (x_high + w_high >= 12) {  // near the limit on both sides
    EXPECT_GT(infinite, m * n / 50);
    EXPECT_LT(infinite, m * n * 49 / 50);
  }
}

TEST(AneMac, EqualsTheReferenceOnRandomDotProducts) {
  for_each_target([](int64_t) {
    expect_equal(100, 100, 64, -6, 1, -8, -2, 1);     // as in networks
    expect_equal(100, 100, 63, -14, -2, -14, -2, 2);  // mostly about to vanish
    expect_equal(100, 100, 5, -14, 2, -14, 3, 3);     // across the dropping rule
    expect_equal(70, 100, 48, 4, 6, 3, 5, 4);         // sums near 32768
    expect_equal(50, 70, 20, -3, 9, -9, 0, 10);       // products beyond 64, sums in range
    expect_equal(30, 100, 8, 9, 13, -1, 0, 5);        // single products near it
    expect_equal(100, 33, 129, -3, 2, -3, 2, 6);
  });
}

TEST(AneMac, EqualsTheReferenceOnAHundredThousand) {
  expect_equal(250, 250, 32, -8, 3, -9, 0, 7);
  expect_equal(200, 200, 24, -15, 15, -15, 5, 8);
  expect_equal(50, 100, 32, 4, 6, 4, 5, 9);
}

TEST(AneMac, RowsThreadsAndStridesDoNotChangeBits) {
  std::mt19937 random(10);
  const int64_t k = 300;
  const int64_t n = 130;
  const auto x = random_halves(100 * k, -6, 2, random);
  const auto w = random_halves(n * k, -8, -1, random);
  const auto bias = random_halves(n, -4, 0, random);
  const auto all = multiply(x, w, k, bias);
  for (int threads : {1, 2, 3}) {
    for (int64_t m : {1, 3, 11, 12, 13, 64, 100}) {
      const auto some = multiply({x.begin(), x.begin() + m * k}, w, k, bias, threads);
      ASSERT_TRUE(same_bits(some, {all.begin(), all.begin() + m * n})) << m;
    }
  }
  // The same product with both factors transposed in memory and the bias by row.
  std::vector<float> out(all.size());
  const auto rows = offsets(100, k);
  const auto depth = offsets(k, 1);
  const auto columns = offsets(n, k);
  const auto out_rows = offsets(100, 1);
  const auto out_columns = offsets(n, 100);
  mac(1, {w.data(), columns, depth}, MacColumns(1, {x.data(), depth, rows}), {bias.data(), nullptr},
      {out.data(), out_columns, out_rows});
  for (int64_t i = 0; i < 100; ++i)
    for (int64_t j = 0; j < n; ++j)
      ASSERT_EQ(out[static_cast<size_t>(j * 100 + i)], all[static_cast<size_t>(i * n + j)]);
}

TEST(AneMac, NoDepthGivesTheBias) {
  std::vector<float> out(2);
  const std::vector<float> bias = {0.5F, 2049};
  const std::vector<int64_t> one = {0};
  const auto columns = offsets(2, 1);
  const float dummy = 0;
  mac(1, {&dummy, one, {}}, MacColumns(1, {&dummy, {}, columns}), {nullptr, bias.data()}, {out.data(), one, columns});
  EXPECT_EQ(out, (std::vector<float>{0.5F, 2048}));  // a half already: 2049 is none
}

}  // namespace
}  // namespace anemone::kernels::ane

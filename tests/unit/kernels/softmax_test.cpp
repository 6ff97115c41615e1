// SPDX-License-Identifier: Apache-2.0
#include "kernels/softmax/softmax.h"

#include <gtest/gtest.h>

#include <limits>

#include "targets.h"

namespace anemone::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> softmax_of(int threads, int64_t outer, int64_t axis, int64_t inner, const std::vector<float>& x) {
  std::vector<float> out(x.size(), -77.0F);
  softmax(threads, outer, axis, inner, x.data(), out.data());
  return out;
}

TEST(Softmax, MatchesDoubleAndHasTheSameBitsOnEveryTarget) {
  const int64_t shapes[][3] = {{3, 1, 1}, {2, 31, 1}, {5, 64, 1}, {1, 1000, 1}, {2, 7, 5}, {1, 33, 129}, {3, 40, 300}};
  for (const auto& [outer, axis, inner] : shapes) {
    const std::vector<float> x = random_floats(outer * axis * inner, 1, -20, 20);
    const std::vector<float> best = softmax_of(2, outer, axis, inner, x);
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t i = 0; i < inner; ++i) {
        const auto at = [&](int64_t a) { return (o * axis + a) * inner + i; };
        double sum = 0;
        for (int64_t a = 0; a < axis; ++a) sum += std::exp(static_cast<double>(x[at(a)]));
        for (int64_t a = 0; a < axis; ++a) {
          const double exact = std::exp(static_cast<double>(x[at(a)])) / sum;
          // x - max, up to 40 here, is rounded before the exponential.
          ASSERT_NEAR(best[at(a)], exact, (4e-7 + 40 * 0x1p-24) * exact);
        }
      }
    for_each_target([&](int64_t) { ASSERT_TRUE(same_bits(best, softmax_of(1, outer, axis, inner, x))); });
  }
}

TEST(Softmax, OuterInnerAndThreadsDoNotChangeBits) {
  const int64_t axis = 77;
  const std::vector<float> x = random_floats(50 * axis, 1, -5, 5);
  const std::vector<float> rows = softmax_of(1, 50, axis, 1, x);
  for (int64_t outer : {1, 2, 7, 50})
    for (int threads : {1, 2})
      ASSERT_TRUE(same_bits(softmax_of(threads, outer, axis, 1, {x.begin(), x.begin() + outer * axis}),
                            {rows.begin(), rows.begin() + outer * axis}));
  const std::vector<float> wide = softmax_of(1, 1, axis, 50, x);
  for (int64_t inner : {2, 3, 16, 17, 49}) {
    std::vector<float> narrow(static_cast<size_t>(axis * inner));
    std::vector<float> expected(narrow.size());
    for (int64_t a = 0; a < axis; ++a) {
      std::copy_n(&x[a * 50], inner, &narrow[a * inner]);
      std::copy_n(&wide[a * 50], inner, &expected[a * inner]);
    }
    ASSERT_TRUE(same_bits(softmax_of(2, 1, axis, inner, narrow), expected)) << inner;
  }
}

TEST(Softmax, HandlesMasksAndInfinities) {
  for (int64_t inner : {1, 2}) {
    // Two equal columns when inner is 2.
    const auto column = [&](std::vector<float> values) {
      std::vector<float> x;
      for (float value : values) x.insert(x.end(), static_cast<size_t>(inner), value);
      return softmax_of(1, 1, static_cast<int64_t>(values.size()), inner, x);
    };
    EXPECT_EQ(column({-kInfinity, 3.0F})[0], 0.0F);
    EXPECT_EQ(column({-kInfinity, 3.0F})[inner], 1.0F);
    EXPECT_EQ(column({1e38F, -1e38F})[0], 1.0F);
    for (float value : column({-kInfinity, -kInfinity, -kInfinity})) EXPECT_TRUE(std::isnan(value));
    for (float value : column({0.0F, kInfinity, 1.0F})) EXPECT_TRUE(std::isnan(value));
    for (float value : column({0.0F, std::nanf(""), 1.0F})) EXPECT_TRUE(std::isnan(value));
  }
  EXPECT_TRUE(softmax_of(1, 0, 5, 1, {}).empty());
  EXPECT_TRUE(softmax_of(1, 5, 0, 1, {}).empty());
  EXPECT_TRUE(softmax_of(1, 5, 5, 0, {}).empty());
}

}  // namespace
}  // namespace anemone::kernels

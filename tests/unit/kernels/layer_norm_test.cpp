// SPDX-License-Identifier: Apache-2.0
#include "kernels/norm/layer_norm.h"

#include <gtest/gtest.h>

#include "targets.h"

namespace anemone::kernels {
namespace {

struct Shape {
  int64_t outer, axis, inner;
};

std::vector<float> norm_of(int threads, const Shape& s, bool centre, const std::vector<float>& x,
                           const std::vector<float>& gamma, const std::vector<float>& beta) {
  std::vector<float> out(x.size(), -77.0F);
  if (centre) {
    layer_norm(threads, s.outer, s.axis, s.inner, x.data(), gamma.data(), beta.data(), 1e-5F, out.data());
  } else {
    rms_norm(threads, s.outer, s.axis, s.inner, x.data(), gamma.data(), 1e-5F, out.data());
  }
  return out;
}

// Around an offset of 10, which a one-pass variance would suffer from.
std::vector<float> input(const Shape& s) { return random_floats(s.outer * s.axis * s.inner, 1, 9, 11); }

TEST(LayerNorm, MatchesDoubleAndHasTheSameBitsOnEveryTarget) {
  for (const Shape& s : {Shape{3, 1, 1}, {2, 31, 1}, {4, 768, 1}, {2, 7, 5}, {1, 130, 129}, {2, 64, 300}})
    for (bool centre : {true, false}) {
      const std::vector<float> x = input(s);
      const std::vector<float> gamma = random_floats(s.axis, 2);
      const std::vector<float> beta = random_floats(s.axis, 3);
      const std::vector<float> best = norm_of(2, s, centre, x, gamma, beta);
      for (int64_t o = 0; o < s.outer; ++o)
        for (int64_t i = 0; i < s.inner; ++i) {
          const auto at = [&](int64_t a) { return (o * s.axis + a) * s.inner + i; };
          double mean = 0;
          for (int64_t a = 0; centre && a < s.axis; ++a) mean += x[at(a)] / static_cast<double>(s.axis);
          double variance = 0;
          for (int64_t a = 0; a < s.axis; ++a)
            variance += (x[at(a)] - mean) * (x[at(a)] - mean) / static_cast<double>(s.axis);
          for (int64_t a = 0; a < s.axis; ++a) {
            const double exact = (x[at(a)] - mean) / std::sqrt(variance + 1e-5) * gamma[a] + (centre ? beta[a] : 0.0F);
            ASSERT_NEAR(best[at(a)], exact, 1e-5);
          }
        }
      for_each_target([&](int64_t) { ASSERT_TRUE(same_bits(best, norm_of(1, s, centre, x, gamma, beta))); });
    }
}

TEST(LayerNorm, OuterInnerAndThreadsDoNotChangeBits) {
  const int64_t axis = 100;
  const std::vector<float> x = input({40, axis, 1});
  const std::vector<float> gamma = random_floats(axis, 2);
  const std::vector<float> beta = random_floats(axis, 3);
  const std::vector<float> rows = norm_of(1, {40, axis, 1}, true, x, gamma, beta);
  for (int64_t outer : {1, 3, 40})
    for (int threads : {1, 2})
      ASSERT_TRUE(
          same_bits(norm_of(threads, {outer, axis, 1}, true, {x.begin(), x.begin() + outer * axis}, gamma, beta),
                    {rows.begin(), rows.begin() + outer * axis}));
  const std::vector<float> wide = norm_of(2, {1, axis, 40}, true, x, gamma, beta);
  for (int64_t inner : {2, 15, 33}) {
    std::vector<float> narrow(static_cast<size_t>(axis * inner));
    std::vector<float> expected(narrow.size());
    for (int64_t a = 0; a < axis; ++a) {
      std::copy_n(&x[a * 40], inner, &narrow[a * inner]);
      std::copy_n(&wide[a * 40], inner, &expected[a * inner]);
    }
    ASSERT_TRUE(same_bits(norm_of(1, {1, axis, inner}, true, narrow, gamma, beta), expected)) << inner;
  }
}

TEST(LayerNorm, ScaleAndShiftAreOptional) {
  const std::vector<float> x = {1, 3, 5, 7};
  std::vector<float> out(4);
  layer_norm(1, 2, 2, 1, x.data(), nullptr, nullptr, 0.0F, out.data());
  EXPECT_EQ(out, std::vector<float>({-1, 1, -1, 1}));
  layer_norm(1, 1, 2, 2, x.data(), nullptr, nullptr, 0.0F, out.data());
  EXPECT_EQ(out, std::vector<float>({-1, -1, 1, 1}));
  layer_norm(1, 0, 2, 2, nullptr, nullptr, nullptr, 0.0F, nullptr);
}

}  // namespace
}  // namespace anemone::kernels

// SPDX-License-Identifier: Apache-2.0
#include "tune/compare.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tune/verify/scores.h"

namespace anemone {
namespace {

Tensor tensor(const ConcreteShape& shape, const std::vector<float>& values) {
  return Tensor::of<float>(DType::kFloat32, shape, values);
}

// By hand: d = (0.1, 0, 0, 0), P = 2, N = 4, first axis 2.
TEST(Difference, GivesTheFourFlavours) {
  const Difference error = difference(tensor({2, 2}, {1.1F, 2, -1, 0}), tensor({2, 2}, {1, 2, -1, 0}));
  const double square = std::pow(static_cast<double>(1.1F) - 1, 2);
  EXPECT_NEAR(error.psnr(PsnrFlavour::kA), 20 * std::log10((2 + 1e-5) / (std::sqrt(square / 4) + 1e-10)), 1e-9);
  EXPECT_NEAR(error.psnr(PsnrFlavour::kC), 10 * std::log10((4 + 1e-5) / (square / 2 + 1e-10)), 1e-9);
  EXPECT_NEAR(error.psnr(PsnrFlavour::kK), 10 * std::log10((4 + 1e-10) / (square / 4 + 1e-7)), 1e-9);
  EXPECT_NEAR(error.psnr(PsnrFlavour::kPlain), 10 * std::log10(4 / (square / 4)), 1e-9);
  EXPECT_NEAR(error.max_abs, 0.1, 1e-6);
  EXPECT_NEAR(error.max_rel, 0.1, 1e-6);
  EXPECT_NEAR(error.cosine(), (1.1 + 4 + 1) / (std::sqrt(1.21 + 5) * std::sqrt(6.0)), 1e-6);
}

TEST(Difference, CeilingsOfEqualTensors) {
  const Difference same = difference(tensor({1}, {1}), tensor({1}, {1}));
  EXPECT_NEAR(same.psnr(PsnrFlavour::kA), 200, 1e-3);
  EXPECT_NEAR(same.psnr(PsnrFlavour::kC), 100, 1e-3);
  EXPECT_NEAR(same.psnr(PsnrFlavour::kK), 70, 1e-3);
  EXPECT_TRUE(std::isinf(same.psnr(PsnrFlavour::kPlain)));
}

TEST(Difference, NotFiniteOnEitherSideIsSaid) {
  EXPECT_FALSE(difference(tensor({2}, {NAN, 1}), tensor({2}, {NAN, 1})).finite);
  EXPECT_FALSE(difference(tensor({1}, {1}), tensor({1}, {INFINITY})).finite);
}

TEST(Difference, ShapesAgreeUpToOnes) {
  EXPECT_TRUE(difference(tensor({1, 2}, {1, 2}), tensor({2, 1}, {1, 2})).same_shape);
  EXPECT_FALSE(difference(tensor({2, 3}, {1, 2, 3, 4, 5, 6}), tensor({3, 2}, {1, 2, 3, 4, 5, 6})).same_shape);
}

TEST(Scores, CountChoicesByRow) {
  // Row 1: the same best of three; row 2: another one. Sets of two: {0, 1} and {0, 2}; {2, 1} and {2, 1}.
  const Tensor got = tensor({2, 3}, {3, 2, 1, 0, 1, 2});
  const Tensor want = tensor({2, 3}, {3, 1, 2, 0, 2, 1});
  const Scores result = scores(got, want, 2);
  EXPECT_EQ(result.rows, 2);
  EXPECT_EQ(result.same_best, 1);
  EXPECT_NEAR(result.jaccard(), (1.0 / 3 + 1) / 2, 1e-12);
  const double z = std::exp(3.0) + std::exp(2.0) + std::exp(1.0);
  const double w = 1 + std::exp(1.0) + std::exp(2.0);
  const double kl = (std::exp(2.0) - std::exp(1.0)) / z + (std::exp(2.0) - std::exp(1.0)) / w;
  EXPECT_NEAR(result.kl(), kl / 2, 1e-12);
}

TEST(Scores, TakeProbabilitiesAsTheyAre) {
  const Scores result = scores(tensor({1, 2}, {0.5F, 0.5F}), tensor({1, 2}, {0.75F, 0.25F}), 1);
  EXPECT_NEAR(result.kl(), 0.75 * std::log(1.5) + 0.25 * std::log(0.5), 1e-6);
}

}  // namespace
}  // namespace anemone

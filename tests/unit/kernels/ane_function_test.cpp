// SPDX-License-Identifier: Apache-2.0
// The Neural Engine's functions have the largest errors that were measured on an M6 (751K, Apple Neural Engine
// Microarchitecture Study M6, table 8-7 and its data), over the same arguments.
#include "kernels/ane/function.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/half.h"
#include "kernels/ane/half.h"

namespace anemone::kernels::ane {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double silu(double x) { return x * sigmoid(x); }
double gelu(double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }
double inverse(double x) { return 1 / x; }
double rsqrt(double x) { return 1 / std::sqrt(x); }

// The distance of halves around this value.
double half_spacing(double value) { return std::ldexp(1.0, value == 0 ? -24 : std::max(std::ilogb(value), -14) - 10); }

struct Measured {
  const char* name;
  double (*exact)(double);
  float (*computed)(float);
  double low, high;
  double absolute;  // largest error; 0: not compared
  double ulps;
};

template <HalfFunction function>
float value(float x) {
  return evaluate(function, x);
}
// Core ML's inverse adds 1e-4 first.
float inverse_of_sum(float x) { return evaluate(HalfFunction::kInverse, round_away(x + round_away(1e-4F))); }

void PrintTo(const Measured& measured, std::ostream* out) { *out << measured.name; }

class AneFunction : public testing::TestWithParam<Measured> {};

// Within 10 % of the measured error.
TEST_P(AneFunction, HasTheMeasuredErrors) {
  const Measured& measured = GetParam();
  double absolute = 0;
  double ulps = 0;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float x = half_to_float(static_cast<uint16_t>(bits));
    if (!(x >= measured.low && x <= measured.high)) continue;
    const double exact = measured.exact(static_cast<double>(x));
    const double error = std::abs(static_cast<double>(measured.computed(x)) - exact);
    absolute = std::max(absolute, error);
    ulps = std::max(ulps, error / half_spacing(exact));
  }
  if (measured.absolute > 0) {
    EXPECT_NEAR(absolute, measured.absolute, 0.1 * measured.absolute);
  }
  if (measured.ulps > 0) {
    EXPECT_NEAR(ulps, measured.ulps, 0.1 * measured.ulps);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Functions, AneFunction,
    testing::Values(Measured{"sigmoid", sigmoid, value<HalfFunction::kSigmoid>, -12, 12, 3.355e-3, 810.8},
                    Measured{"tanh", std::tanh, value<HalfFunction::kTanh>, -6, 6, 1.613e-3, 0},
                    Measured{"gelu", gelu, value<HalfFunction::kGelu>, -8, 8, 6.159e-3, 0},
                    Measured{"silu", silu, value<HalfFunction::kSilu>, -12, 12, 1.491e-2, 0},
                    Measured{"erf", std::erf, value<HalfFunction::kErf>, -4, 4, 8.642e-4, 0},
                    Measured{"sin", std::sin, value<HalfFunction::kSin>, -8, 8, 6.329e-4, 0},
                    Measured{"exp", std::exp, value<HalfFunction::kExp>, -12, 10, 1.008e2, 9.1},
                    Measured{"log", std::log, value<HalfFunction::kLog>, 0x1p-10F, 1000, 6.638e-3, 91.0},
                    Measured{"sqrt", std::sqrt, value<HalfFunction::kSqrt>, 0x1p-10F, 1000, 1.810e-2, 1.2},
                    Measured{"rsqrt", rsqrt, value<HalfFunction::kRsqrt>, 0x1p-6F, 1000, 8.139e-3, 2.1},
                    Measured{"inverse", inverse, inverse_of_sum, 0x1p-6F, 1000, 4.375e-1, 13.5}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(AneFunctionValues, WhatWasReadFromTheTables) {
  EXPECT_NEAR(evaluate(HalfFunction::kSilu, 0.5F), 0.296, 5e-4);    // exact: 0.311
  EXPECT_NEAR(evaluate(HalfFunction::kGelu, 0.25F), 0.1436, 5e-5);  // exact: 0.1497
  for (float x : {-8.0F, -0.5F, 0.0F, 3.5F, 8.0F})                  // samples are exact
    EXPECT_EQ(evaluate(HalfFunction::kSigmoid, x), round_away(static_cast<float>(sigmoid(static_cast<double>(x)))));
  EXPECT_EQ(evaluate(HalfFunction::kErf, 0.0625F), round_away(std::erf(0.0625F)));
  EXPECT_EQ(evaluate(HalfFunction::kTanh, -0.125F), -round_away(std::tanh(0.125F)));
}

// Single results that the measurements name.
TEST(AneFunctionValues, NamedResults) {
  EXPECT_EQ(evaluate(HalfFunction::kSigmoid, -9.9375F), 0);
  EXPECT_NEAR(evaluate(HalfFunction::kGelu, -1.526e-05F), -0.000761, 4e-6);
  EXPECT_NEAR(evaluate(HalfFunction::kSilu, -2.289e-05F), -0.00171, 2e-5);
  EXPECT_NEAR(evaluate(HalfFunction::kTanh, -0.0002403F), -0.000239, 5e-7);
  EXPECT_NEAR(evaluate(HalfFunction::kLog, 1.00390625F), 0.003725, 2e-6);  // exact: 0.0039
  EXPECT_EQ(inverse_of_sum(0.015869140625F), 62.59375F);                   // exact: 63.02
  EXPECT_NEAR(evaluate(HalfFunction::kRsqrt, 0.0332F), 5.5, 5e-3);
  EXPECT_EQ(evaluate(HalfFunction::kSoftplus, 10.5F), 0);  // coremltools issue 2687: from 10.4 on
  EXPECT_NEAR(evaluate(HalfFunction::kSoftplus, 10.0F), 10.0, 0.05);
}

TEST(AneFunctionValues, EveryHalfGivesANumber) {
  for (int function = 0; function <= static_cast<int>(HalfFunction::kTanh); ++function) {
    for (uint32_t bits = 0; bits < 0x10000; ++bits) {
      const float x = half_to_float(static_cast<uint16_t>(bits));
      const float y = evaluate(static_cast<HalfFunction>(function), x);
      ASSERT_FALSE(std::isnan(y)) << function << " of " << bits;
      ASSERT_EQ(round_away(y), y) << function << " of " << bits;
    }
  }
}

TEST(AneFunctionValues, TablesGiveTheSame) {
  const HalfTable& table = HalfTable::of(HalfFunction::kGelu);
  std::vector<float> x;
  for (uint32_t bits = 3; bits < 0x7C00; bits += 13) x.push_back(-half_to_float(static_cast<uint16_t>(bits)));
  std::vector<float> y(x.size());
  table.apply(x.data(), y.data(), static_cast<int64_t>(x.size()));
  for (size_t i = 0; i < x.size(); ++i) ASSERT_EQ(y[i], evaluate(HalfFunction::kGelu, x[i]));
}

TEST(AneHalf, RoundsAwayFromZero) {
  EXPECT_EQ(round_away(2049), 2050);
  EXPECT_EQ(round_away(-2049), -2050);
  EXPECT_EQ(round_away(2048.99F), 2048);
  EXPECT_EQ(round_away(1 + 0x1p-11F), 1 + 0x1p-10F);
  EXPECT_EQ(round_away(0x1p-24F), 0x1p-24F);
  EXPECT_EQ(round_away(0x1p-25F), 0x1p-24F);
  EXPECT_EQ(round_away(0x1.fffffep-26F), 0);
  EXPECT_EQ(round_away(1.5F * 0x1p-24F), 2 * 0x1p-24F);
  EXPECT_EQ(round_away(65519), 65504);
  EXPECT_EQ(round_away(65520), INFINITY);
  EXPECT_EQ(round_away(-1e30F), -INFINITY);
  for (uint32_t bits = 0; bits < 0x7C00; ++bits) {
    const float x = half_to_float(static_cast<uint16_t>(bits));
    const float next = bits == 0x7BFF ? 65536.0F : half_to_float(static_cast<uint16_t>(bits + 1));
    ASSERT_EQ(round_away(x), x);
    const float tie = (x + next) / 2;
    ASSERT_EQ(round_away(-tie), bits == 0x7BFF ? -INFINITY : -next) << bits;
    ASSERT_EQ(round_away(std::nextafter(tie, 0.0F)), x) << bits;
  }
}

}  // namespace
}  // namespace anemone::kernels::ane

// SPDX-License-Identifier: Apache-2.0
#include "kernels/elementwise/elementwise.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "targets.h"

namespace anemone::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

struct Case {
  const char* name;
  Unary function;
  double (*exact)(double);
  float low, high;
  double limit;   // ulp, or
  bool absolute;  // error relative to max(1, |x|)
};

const Case kCases[] = {
    {"abs", Unary::kAbs, [](double x) { return std::abs(x); }, -9, 9, 0, false},
    {"cos", Unary::kCos, [](double x) { return std::cos(x); }, -1000, 1000, 0.51, false},
    {"erf", Unary::kErf, [](double x) { return std::erf(x); }, -5, 5, 1e-7, true},
    {"exp", Unary::kExp, [](double x) { return std::exp(x); }, -104, 89, 1, false},
    {"gelu", Unary::kGelu, [](double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }, -9, 9, 1.2e-7, true},
    {"gelu_sigmoid", Unary::kGeluSigmoid, [](double x) { return x * sigmoid(1.702 * x); }, -20, 20, 2e-7, true},
    {"gelu_tanh", Unary::kGeluTanh,
     [](double x) { return x * sigmoid(2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)); }, -9, 9, 2e-7, true},
    {"inverse", Unary::kInverse, [](double x) { return 1 / x; }, 0.1F, 9, 0.5, false},
    {"log", Unary::kLog, [](double x) { return std::log(x); }, 0.3F, 3, 1, false},
    {"log wide", Unary::kLog, [](double x) { return std::log(x); }, 0, 1e30F, 1, false},
    {"rsqrt", Unary::kRsqrt, [](double x) { return 1 / std::sqrt(x); }, 1e-6F, 9, 1.5, false},
    {"sigmoid", Unary::kSigmoid, sigmoid, -100, 30, 2.5, false},
    {"silu", Unary::kSilu, [](double x) { return x * sigmoid(x); }, -80, 30, 3, false},
    {"sin", Unary::kSin, [](double x) { return std::sin(x); }, -1000, 1000, 0.51, false},
    {"sqrt", Unary::kSqrt, [](double x) { return std::sqrt(x); }, 0, 9, 0.5, false},
    {"square", Unary::kSquare, [](double x) { return x * x; }, -9, 9, 0.5, false},
    {"tanh", Unary::kTanh, [](double x) { return std::tanh(x); }, -10, 10, 1.5, false},
};

std::vector<float> evaluate(Unary function, const std::vector<float>& x, float parameter = 0) {
  std::vector<float> out(x.size());
  unary(function, x.data(), out.data(), static_cast<int64_t>(x.size()), parameter);
  return out;
}

TEST(Elementwise, AccuracyIsAsDocumented) {
  for (const Case& c : kCases) {
    std::vector<float> x = random_floats(200000, 1, c.low, c.high);
    const std::vector<float> near = random_floats(20000, 2, std::max(c.low, -0.01F), std::min(c.high, 0.01F));
    if (c.low <= 0.01F) x.insert(x.end(), near.begin(), near.end());
    const std::vector<float> out = evaluate(c.function, x);
    double worst = 0;
    float where = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double exact = c.exact(x[i]);
      const double error =
          c.absolute ? std::abs(out[i] - exact) / std::max(1.0F, std::abs(x[i])) : ulp_error(out[i], exact);
      if (error > worst) worst = error, where = x[i];
    }
    RecordProperty(c.name, testing::PrintToString(worst));
    EXPECT_LE(worst, c.limit) << c.name << " at " << where;
  }
}

TEST(Elementwise, EveryTargetGivesTheSameBits) {
  const std::vector<float> special = {0.0F,       -0.0F, 1e-40F, -1e-40F, 1e-45F,  kInfinity,
                                      -kInfinity, 3e38F, -3e38F, 88.8F,   -103.9F, 104.0F};
  for (const Case& c : kCases) {
    std::vector<float> x = random_floats(5003, 1, c.low, c.high);
    x.insert(x.end(), special.begin(), special.end());
    const std::vector<float> best = evaluate(c.function, x, 1e-5F);
    for_each_target([&](int64_t) {
      const std::vector<float> out = evaluate(c.function, x, 1e-5F);
      for (size_t i = 0; i < x.size(); ++i) {
        if (std::isnan(best[i]) && std::isnan(out[i])) continue;  // sign and payload are the machine's
        ASSERT_EQ(std::bit_cast<uint32_t>(out[i]), std::bit_cast<uint32_t>(best[i])) << c.name << " at " << x[i];
      }
    });
  }
}

TEST(Elementwise, CountAndAlignmentDoNotChangeBits) {
  const std::vector<float> x = random_floats(100, 1, -3, 3);
  const std::vector<float> all = evaluate(Unary::kGelu, x);
  for (size_t first = 0; first < 20; ++first)
    for (size_t count = 0; count <= 40; ++count) {
      const std::vector<float> out = evaluate(Unary::kGelu, {x.begin() + first, x.begin() + first + count});
      ASSERT_TRUE(same_bits(out, {all.begin() + first, all.begin() + first + count}));
    }
}

TEST(Elementwise, LimitsAreRight) {
  const std::vector<float> x = {kInfinity, -kInfinity, 0.0F, -0.0F};
  EXPECT_EQ(evaluate(Unary::kErf, x), std::vector<float>({1, -1, 0, 0}));
  EXPECT_EQ(evaluate(Unary::kExp, x), std::vector<float>({kInfinity, 0, 1, 1}));
  EXPECT_EQ(evaluate(Unary::kTanh, x), std::vector<float>({1, -1, 0, 0}));
  EXPECT_EQ(evaluate(Unary::kSigmoid, x), std::vector<float>({1, 0, 0.5F, 0.5F}));
  EXPECT_EQ(evaluate(Unary::kGelu, x), std::vector<float>({kInfinity, 0, 0, 0}));
  EXPECT_EQ(evaluate(Unary::kRelu, x), std::vector<float>({kInfinity, 0, 0, 0}));
  EXPECT_EQ(evaluate(Unary::kExp, {88.73F, 1000.0F, -1000.0F}), std::vector<float>({kInfinity, kInfinity, 0}));
  EXPECT_EQ(evaluate(Unary::kLog, {0.0F, kInfinity, 1.0F}), std::vector<float>({-kInfinity, kInfinity, 0}));
  EXPECT_TRUE(std::isnan(evaluate(Unary::kLog, {-1.0F})[0]));
  EXPECT_LE(ulp_error(evaluate(Unary::kLog, {1e-42F})[0], std::log(static_cast<double>(1e-42F))), 1);
  EXPECT_TRUE(std::signbit(evaluate(Unary::kTanh, {-0.0F})[0]));
  for (const Case& c : kCases) EXPECT_TRUE(std::isnan(evaluate(c.function, {kNan})[0])) << c.name;
}

TEST(Elementwise, BinaryAgreesWithScalarCode) {
  const std::vector<float> x = random_floats(37, 1, -5, 5);
  const std::vector<float> y = random_floats(37, 2, -5, 5);
  const struct {
    Binary function;
    float (*exact)(float, float);
  } cases[] = {
      {Binary::kAdd, [](float a, float b) { return a + b; }},
      {Binary::kSub, [](float a, float b) { return a - b; }},
      {Binary::kMul, [](float a, float b) { return a * b; }},
      {Binary::kDiv, [](float a, float b) { return a / b; }},
      {Binary::kMax, [](float a, float b) { return a > b ? a : b; }},
      {Binary::kMin, [](float a, float b) { return a < b ? a : b; }},
  };
  for_each_target([&](int64_t) {
    for (const auto& c : cases) {
      std::vector<float> both(x.size()), right(x.size()), left(x.size());
      binary(c.function, x.data(), y.data(), both.data(), 37);
      binary_scalar(c.function, x.data(), 1.7F, right.data(), 37);
      scalar_binary(c.function, 1.7F, y.data(), left.data(), 37);
      for (size_t i = 0; i < x.size(); ++i) {
        ASSERT_EQ(both[i], c.exact(x[i], y[i]));
        ASSERT_EQ(right[i], c.exact(x[i], 1.7F));
        ASSERT_EQ(left[i], c.exact(1.7F, y[i]));
      }
    }
    for (Binary function : {Binary::kMax, Binary::kMin}) {
      const float pair[] = {kNan, 1.0F, kNan};
      float out[] = {0, 0};
      binary(function, pair, pair + 1, out, 2);
      EXPECT_TRUE(std::isnan(out[0]) && std::isnan(out[1]));
    }
  });
}

}  // namespace
}  // namespace anemone::kernels

// SPDX-License-Identifier: Apache-2.0
#include "generate/sample.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "../formats/test_files.h"

namespace anemone {
namespace {

using test::error_of;
using testing::HasSubstr;

const std::vector<float> kLogits = {std::log(0.1F), std::log(0.4F), std::log(0.2F), std::log(0.3F)};

std::map<int32_t, double> shares(const SamplingOptions& options, std::span<const float> logits = kLogits) {
  constexpr int kDraws = 20000;
  Sampler sampler(options);
  std::map<int32_t, double> counts;
  for (int i = 0; i < kDraws; ++i) counts[sampler.pick(logits)] += 1.0 / kDraws;
  return counts;
}

TEST(Sampler, WithoutTemperatureTheFirstOfTheBestIsTaken) {
  EXPECT_EQ(Sampler({}).pick(std::vector<float>{1, 3, 2, 3}), 1);
  EXPECT_EQ(Sampler({.top_k = 2, .top_p = 0.1}).pick(kLogits), 1);
}

TEST(Sampler, TokensComeAsOftenAsTheirProbabilitySays) {
  const auto all = shares({.temperature = 1});
  EXPECT_NEAR(all.at(0), 0.1, 0.015);
  EXPECT_NEAR(all.at(1), 0.4, 0.015);
  EXPECT_NEAR(all.at(2), 0.2, 0.015);
  EXPECT_NEAR(all.at(3), 0.3, 0.015);
  // Probabilities to the power of 2, again adding up to 1.
  const auto cold = shares({.temperature = 0.5});
  EXPECT_NEAR(cold.at(1), 0.16 / 0.3, 0.015);
  EXPECT_NEAR(cold.at(0), 0.01 / 0.3, 0.015);
}

TEST(Sampler, OnlyTheLikeliestStay) {
  const auto two = shares({.temperature = 1, .top_k = 2});
  EXPECT_EQ(two.size(), 2U);
  EXPECT_NEAR(two.at(1), 4.0 / 7, 0.015);
  EXPECT_NEAR(two.at(3), 3.0 / 7, 0.015);
  EXPECT_EQ(shares({.temperature = 1, .top_p = 0.05}).size(), 1U);
  EXPECT_EQ(shares({.temperature = 1, .top_p = 0.65}).size(), 2U);
  EXPECT_EQ(shares({.temperature = 1, .top_p = 0.75}).size(), 3U);
  // As likely as the second: all three of them.
  EXPECT_EQ(shares({.temperature = 1, .top_k = 2}, std::vector<float>{2, 1, 1, 1, 0}).size(), 4U);
}

TEST(Sampler, TheSeedDecides) {
  const auto drawn = [](uint64_t seed) {
    Sampler sampler({.temperature = 1, .seed = seed});
    std::vector<int32_t> tokens;
    for (int i = 0; i < 40; ++i) tokens.push_back(sampler.pick(kLogits));
    return tokens;
  };
  EXPECT_EQ(drawn(7), drawn(7));
  EXPECT_NE(drawn(7), drawn(8));
}

TEST(Sampler, RefusesWhatMakesNoSense) {
  EXPECT_THAT(error_of([] { check({.temperature = -1}); }), HasSubstr("--temperature: -1"));
  EXPECT_THAT(error_of([] { check({.temperature = std::nan("")}); }), HasSubstr("--temperature"));
  EXPECT_THAT(error_of([] { check({.top_k = -1}); }), HasSubstr("--top-k: -1"));
  EXPECT_THAT(error_of([] { check({.top_p = 0}); }), HasSubstr("--top-p: 0"));
  EXPECT_THAT(error_of([] { Sampler({}).pick(std::vector<float>{0, NAN}); }), HasSubstr("NaN"));
}

}  // namespace
}  // namespace anemone

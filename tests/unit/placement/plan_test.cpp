// SPDX-License-Identifier: Apache-2.0
// The cheapest plan: against every plan of small programs, against Apple's own on an M1, and its laws.
#include "placement/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>

#include "base/strings.h"

namespace anemone {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

Transitions transitions() { return Transitions::of(rates_table().get("m4").plan); }

std::vector<PlanOp> random_ops(std::mt19937& random, size_t count) {
  std::uniform_real_distribution<double> cost(0.0, 0.3);
  std::bernoulli_distribution refused(0.2);
  std::vector<PlanOp> ops(count);
  for (PlanOp& op : ops)
    for (size_t b = 0; b < kBackends; ++b)
      op.ms[b] = b != static_cast<size_t>(Backend::kBnns) && refused(random) ? kNever : cost(random);
  ops.back().makes_output = true;
  return ops;
}

double cheapest_of_all(const std::vector<PlanOp>& ops) {
  double best = kNever;
  std::vector<Backend> chosen(ops.size());
  const size_t plans = static_cast<size_t>(std::pow(kBackends, ops.size()));
  for (size_t plan = 0; plan < plans; ++plan) {
    size_t rest = plan;
    for (Backend& backend : chosen) {
      backend = static_cast<Backend>(rest % kBackends);
      rest /= kBackends;
    }
    best = std::min(best, price(ops, chosen, transitions()));
  }
  return best;
}

TEST(Plan, IsTheCheapestOfAll) {
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    const std::vector<PlanOp> ops = random_ops(random, 1 + static_cast<size_t>(round) % 6);
    const Plan plan = cheapest_plan(ops, transitions());
    EXPECT_NEAR(plan.total, cheapest_of_all(ops), 1e-12);
    EXPECT_NEAR(plan.total, price(ops, plan.chosen, transitions()), 1e-12);
  }
}

TEST(Plan, AnOpMoreIsNeverCheaper) {
  std::mt19937 random(2);
  for (int round = 0; round < 200; ++round) {
    std::vector<PlanOp> ops = random_ops(random, 20);
    ops.back().makes_output = false;
    const double all = cheapest_plan(ops, transitions()).total;
    double floor = 0;
    for (const PlanOp& op : ops) floor += *std::min_element(op.ms.begin(), op.ms.end());
    EXPECT_GE(all, floor - 1e-12);
    std::vector<PlanOp> fewer = ops;
    fewer.pop_back();
    EXPECT_GE(all, cheapest_plan(fewer, transitions()).total - 1e-12);
    // Taking an op out of the middle saves at most what it and the way around it cost.
    fewer = ops;
    fewer.erase(fewer.begin() + 10);
    const double detour = 4 * 0.125 + *std::min_element(ops[10].ms.begin(), ops[10].ms.end());
    EXPECT_LE(all, cheapest_plan(fewer, transitions()).total + detour + 1e-12);
    EXPECT_GE(all, cheapest_plan(fewer, transitions()).total - 1e-12);
  }
}

TEST(Plan, AUnitLessIsNeverCheaper) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    const std::vector<PlanOp> ops = random_ops(random, 20);
    for (const Backend gone : {Backend::kAne, Backend::kGpu, Backend::kClassic}) {
      std::vector<PlanOp> rest = ops;
      for (PlanOp& op : rest) op.ms[static_cast<size_t>(gone)] = kNever;
      EXPECT_GE(cheapest_plan(rest, transitions()).total, cheapest_plan(ops, transitions()).total - 1e-12);
    }
  }
}

TEST(Plan, TiesAreReported) {
  std::vector<PlanOp> ops(1);
  ops[0].ms = {1.0, kNever, 1.25, kNever};  // ane with launch and output against the CPU
  ops[0].makes_output = true;
  const Plan plan = cheapest_plan(ops, transitions());
  EXPECT_EQ(plan.optimal[0], 0b101);
  EXPECT_EQ(plan.chosen[0], Backend::kAne);
  ops[0].ms[2] = 1.2501;
  EXPECT_EQ(cheapest_plan(ops, transitions()).optimal[0], 0b001);
}

TEST(Plan, MillionsOfOps) {
  const std::vector<PlanOp> ops(1'000'000, PlanOp{{0.001, 0.002, 0.003, 0.004}, false});
  EXPECT_NEAR(cheapest_plan(ops, transitions()).total, 1000.125, 1e-6);
}

// freedomtan/coreml_modelc_profling, MobileNetEdgeTPU on an M1: the compiler's estimates and its choice for 119 ops.
TEST(Plan, AgreesWithMobileNetEdgeTpuOnM1) {
  std::ifstream file(std::string(ANEMONE_SOURCE_DIR) + "/tests/data/placement/mobilenet_edgetpu_m1_ops.csv");
  std::string line;
  std::getline(file, line);
  std::vector<PlanOp> ops;
  std::vector<std::string> units;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = split(line, ',');
    const auto cost = [&](size_t column) { return parse_double(cells[column]).value_or(kNever); };
    ops.push_back({{cost(6), kNever, cost(7), cost(8)}, false});
    units.push_back(cells[4]);
  }
  ASSERT_EQ(ops.size(), 119U);
  ops.back().makes_output = true;
  const Plan plan = cheapest_plan(ops, transitions());
  int right = 0;
  for (size_t i = 0; i < ops.size(); ++i)
    right += (plan.chosen[i] == Backend::kAne ? "ane" : "cpu") == units[i] ? 1 : 0;
  EXPECT_EQ(right, 119);
}

}  // namespace
}  // namespace anemone

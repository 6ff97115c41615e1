// SPDX-License-Identifier: Apache-2.0
// Every pass has a golden file that shows what it changes and one with look-alikes that it must leave alone, and can be
// switched off.
#include <gtest/gtest.h>

#include "ops/ops.h"
#include "pass_goldens.h"

namespace anemone {
namespace {

class GoldensOfPass : public testing::TestWithParam<std::string> {};

int applied(const test::PassGolden& golden, const std::string& pass, bool disabled) {
  PassOptions options;
  options.settings = golden.settings;
  options.only = {golden.run.begin(), golden.run.end()};
  options.only.insert(pass);
  if (disabled) options.disabled = {pass};
  for (const PassRun& run : run_passes(golden.program, op_table(), options).log)
    if (run.name == pass) return run.applied;
  return 0;
}

TEST_P(GoldensOfPass, FiresUnlessItIsSwitchedOff) {
  const test::PassGolden golden = test::read_pass_golden(GetParam());
  EXPECT_GT(applied(golden, GetParam(), false), 0);
  EXPECT_EQ(applied(golden, GetParam(), true), 0);
}

TEST_P(GoldensOfPass, LeavesLookAlikesAlone) {
  const test::PassGolden golden = test::read_pass_golden(GetParam() + "_look_alike");
  const Program after = run_passes_by_name(golden.program, {GetParam()}, op_table(), golden.settings);
  const auto changed = difference(golden.program, after);
  EXPECT_FALSE(changed) << *changed;
}

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const Pass* pass : pass_table().in_order()) result.push_back(pass->name);
  return result;
}

INSTANTIATE_TEST_SUITE_P(Passes, GoldensOfPass, testing::ValuesIn(names()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace anemone

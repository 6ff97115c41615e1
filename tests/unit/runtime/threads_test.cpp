// SPDX-License-Identifier: Apache-2.0
// Results do not depend on the number of threads, in any bit.
#include <gtest/gtest.h>

#include "golden.h"
#include "import/package.h"

namespace anemone {
namespace {

class Threads : public testing::TestWithParam<std::string> {};

TEST_P(Threads, OneOrTwoGiveTheSameBits) {
  const Program program = read_package(test::golden_package(GetParam()));
  const auto calls = test::golden_inputs(GetParam(), program.main());
  for (const bool kernels : {true, false}) {
    RunOptions one;
    one.kernels = kernels;
    RunOptions two = one;
    two.threads = 2;
    EXPECT_EQ(test::bit_difference(test::run_calls(program, calls, one), test::run_calls(program, calls, two)), "")
        << (kernels ? "kernels" : "reference");
  }
}

// One package of each architecture and the stateful one: the others differ only in types and opset.
std::vector<std::string> models() {
  std::vector<std::string> names;
  for (const std::string& name : test::golden_names())
    if (name.find("iOS15-fp32") != std::string::npos || name.find("state") != std::string::npos) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Golden, Threads, testing::ValuesIn(models()),
                         [](const auto& instance) { return test::test_name(instance.param); });

}  // namespace
}  // namespace anemone

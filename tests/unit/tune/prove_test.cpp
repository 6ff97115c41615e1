// SPDX-License-Identifier: Apache-2.0
// A rewrite that is wrong is blamed on the pass that broke the program, and on the op that it broke.
#include "tune/prove.h"

#include <gtest/gtest.h>

#include "faults.h"
#include "golden.h"
#include "import/package.h"
#include "ops/ops.h"

namespace anemone::test {
namespace {

TEST(Prove, NamesThePassAndItsFirstBadOp) {
  const Program before = read_package(golden_package("CLIP-text-iOS15-fp32"));
  std::vector<std::pair<std::string, Program>> history;
  PassOptions passes;
  passes.after_pass = [&](const std::string& pass, const Program& program) { history.emplace_back(pass, program); };
  const Program after = run_passes(before, op_table(), passes).program;
  ASSERT_TRUE(prove(before, after, history, {}, RunOptions()).passed(kProofFloor));

  std::mt19937 random(3);
  const auto fault = with_fault(after.main(), "wrong activation", random);
  ASSERT_TRUE(fault);
  Program broken = after;
  broken.functions[after.default_function] = std::make_shared<const Function>(fault->function);
  history.emplace_back("noop_elimination", broken);
  const Proof proof = prove(before, broken, history, {}, RunOptions());
  EXPECT_FALSE(proof.passed(kProofFloor));
  EXPECT_EQ(proof.culprit, "noop_elimination");
  ASSERT_TRUE(proof.bisection.first_bad_op);
  EXPECT_EQ(proof.bisection.first_bad_op->name, fault->op);
}

}  // namespace
}  // namespace anemone::test

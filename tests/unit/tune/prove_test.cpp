// SPDX-License-Identifier: Apache-2.0
// A rewrite that is wrong is blamed on the pass that broke the program, and on the op that it broke.
#include "tune/prove.h"

#include <gtest/gtest.h>

#include "faults.h"
#include "golden.h"
#include "import/package.h"
#include "ops/ops.h"
#include "passes/mask_source.h"
#include "tune/rewrite.h"

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

TEST(Prove, OtherInputsAndOutputsAreProvedToo) {
  const Program before = read_package(golden_package("GPT-2-iOS16-fp16"));
  RewriteOptions options;
  options.native_io = true;
  options.mask = MaskSource::kGraph;
  const Rewrite result = rewrite(before, options);
  EXPECT_TRUE(result.passed());
  ASSERT_EQ(result.proof->edges.size(), before.main().output_features.size());
  for (const auto& [name, psnr] : result.proof->edges) EXPECT_GE(psnr, kProofFloor) << name;

  // A length that hides something is another mask.
  const Program inside = rewrite(before, {}).program;
  const Program masked = with_mask_from(inside, MaskSource::kGraph);
  const auto wrong = prove_edges(inside, masked, {{"length", Tensor::vector({3})}}, {}, RunOptions());
  EXPECT_LT(lowest(wrong), kProofFloor);
}

}  // namespace
}  // namespace anemone::test

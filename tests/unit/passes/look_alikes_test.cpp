// SPDX-License-Identifier: Apache-2.0
// What only looks like an attention keeps its results, and its softmaxes as they are: none is cut into heads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attention_trial.h"
#include "ir/verify.h"
#include "look_alikes.h"
#include "ops/ops.h"
#include "passes/pass.h"

namespace anemone {
namespace {

// How many numbers each softmax handles.
std::vector<int64_t> softmaxes(const Program& program) {
  std::vector<int64_t> sizes;
  for_each_op(program.main().body, [&](const Op& op) {
    if (op.type == "softmax") sizes.push_back(op.outputs[0].type.element_count());
  });
  return sizes;
}

TEST(LookAlikes, KeepTheirResultsAndTheirSoftmaxes) {
  const auto programs = test::look_alikes();
  EXPECT_GE(programs.size(), 10U);
  for (const test::LookAlike& each : programs) {
    SCOPED_TRACE(each.name);
    verify(each.program, op_table());
    const Program after = run_passes(each.program, op_table()).program;
    verify(after, op_table());
    EXPECT_GE(test::psnr_between(after, each.program, each.inputs), test::kKept);
    EXPECT_THAT(softmaxes(after), testing::UnorderedElementsAreArray(softmaxes(each.program)));
  }
}

}  // namespace
}  // namespace anemone

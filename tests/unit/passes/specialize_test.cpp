// SPDX-License-Identifier: Apache-2.0
#include "passes/specialize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "golden.h"
#include "import/package.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/ops.h"

namespace anemone {
namespace {

using testing::HasSubstr;

Program flexible() { return read_package(test::golden_package("Llama-state-flex")); }

std::string error_for(const std::map<std::string, ConcreteShape>& shapes) {
  try {
    specialized(flexible(), shapes, op_table());
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Specialized, NothingIsLeftOpen) {
  const Program fixed = specialized(flexible(), {{"ids", {1, 1}}, {"pid", {1, 1}}, {"mask", {1, 1, 1, 8}}}, op_table());
  verify(fixed, op_table());
  for_each_op(fixed.main().body, [](const Op& op) {
    EXPECT_NE(op.type, "shape") << op.outputs[0].name;
    for (const Output& output : op.outputs)
      EXPECT_TRUE(!output.type.is_tensor() || output.type.is_concrete()) << output.name << " " << output.type.str();
  });
  for (const Feature& feature : fixed.main().input_features) EXPECT_TRUE(feature.shape_ranges.empty());
  EXPECT_EQ(fixed.main().output_features.at(0).shape, (ConcreteShape{1, 1, 50}));
}

TEST(Specialized, OneInputMayStayOpen) {
  const Program half = specialized(flexible(), {{"ids", {1, 1}}, {"pid", {1, 1}}}, op_table());
  verify(half, op_table());
  EXPECT_FALSE(half.main().input_features.at(2).shape_ranges.empty());
}

TEST(Specialized, ShapesMustBeAllowed) {
  EXPECT_EQ(error_for({{"ids", {1, 9}}}), "--shape: the input ids cannot be 1,9: expected [1, 1 to 8]");
  EXPECT_EQ(error_for({{"ids", {8}}}), "--shape: the input ids cannot be 8: expected [1, 1 to 8]");
  EXPECT_THAT(error_for({{"tokens", {1, 8}}}), HasSubstr("there is no input tokens: expected ids, pid or mask"));
  // 2 rows of keys for 8 queries: what follows from the shapes does not fit.
  EXPECT_NE(error_for({{"ids", {1, 8}}, {"pid", {1, 2}}}), "");
}

}  // namespace
}  // namespace anemone

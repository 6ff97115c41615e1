// SPDX-License-Identifier: Apache-2.0
// Every op evaluates its sample cases to their literal values, and infers the types of these values; every op that can
// be evaluated has a sample.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "ir/builder.h"
#include "ops/ops.h"

namespace anemone {
namespace {

int opset_of(const Sample& sample, const OpDefinition& op) {
  return sample.opset != 0 ? sample.opset : op.signatures.front().opset;
}

void expect_close(const Tensor& got, const Tensor& want, double tolerance) {
  ASSERT_EQ(got.dtype(), want.dtype());
  ASSERT_EQ(got.shape(), want.shape());
  const auto values = to_doubles(got);
  const auto expected = to_doubles(want);
  for (size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i]) || std::isinf(expected[i])) {
      EXPECT_TRUE(values[i] == expected[i] || (std::isnan(values[i]) && std::isnan(expected[i])))
          << "element " << i << ": " << values[i] << ", expected " << expected[i];
      continue;
    }
    EXPECT_LE(std::fabs(values[i] - expected[i]), tolerance * std::max(1.0, std::fabs(expected[i])))
        << "element " << i << ": " << values[i] << ", expected " << expected[i];
  }
}

void check(const OpDefinition& op, const Sample& sample) {
  EXPECT_FALSE(sample.origin.empty());
  Builder builder(op_table(), "main", opset_of(sample, op));
  // const takes its literal as an attribute and needs no builder.
  const bool is_const = op.name == "const";
  if (!is_const) {
    const auto results = builder.add_many(op.name, sample.arguments);
    ASSERT_EQ(results.size(), sample.expected.size());
    for (size_t i = 0; i < results.size(); ++i) {
      const Type& inferred = builder.type(results[i]);
      EXPECT_TRUE(compatible(inferred, sample.expected[i].type()))
          << "inferred " << inferred.str() << ", expected " << sample.expected[i].type().str();
    }
  }
  const auto values = evaluate(op.name, sample.arguments, op_table(), opset_of(sample, op));
  ASSERT_EQ(values.size(), sample.expected.size());
  for (size_t i = 0; i < values.size(); ++i) expect_close(values[i], sample.expected[i].tensor(), sample.tolerance);
}

class OpSamples : public testing::TestWithParam<std::string> {};

TEST_P(OpSamples, EvaluateAndInfer) {
  const OpDefinition* op = op_table().find(GetParam());
  ASSERT_NE(op, nullptr);
  EXPECT_EQ(op->samples.empty(), !op->evaluate) << "an op that can be evaluated has samples";
  for (size_t i = 0; i < op->samples.size(); ++i) {
    SCOPED_TRACE(fmt::format("{}, sample {}", op->name, i));
    try {
      check(*op, op->samples[i]);
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, OpSamples, testing::ValuesIn(op_table().names()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace anemone

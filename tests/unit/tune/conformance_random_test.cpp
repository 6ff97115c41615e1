// SPDX-License-Identifier: Apache-2.0
// Draws that a distribution can give pass, others do not.
#include "tune/conformance_random.h"

#include <gmock/gmock.h>

#include "ir/text.h"
#include "ops/ops.h"
#include "runtime/session.h"

namespace anemone {
namespace {

using testing::HasSubstr;

Session session_of(const std::string& op, const std::string& type) {
  return {
      std::make_shared<const Program>(parse(
          "program(1.0) {func main<ios18>(tensor<fp32, [2]> x) {" + type + " y = " + op + ";} -> (y);}", op_table())),
      RunOptions()};
}

// Runs the op and then shows the watcher `forged` in place of what was drawn.
void run(const std::string& op, const std::string& type, const std::vector<float>& forged = {}) {
  Session session = session_of(op, type);
  const TensorMap inputs = {{"x", Tensor::of<float>(DType::kFloat32, {2}, std::vector<float>{1, 3})}};
  const auto watch = distribution_check(session.executable(), inputs);
  session.executable().set_trace([&](const Op& which, const Output& output, const Tensor& drawn) {
    watch(which, output, forged.empty() ? drawn : Tensor::of<float>(DType::kFloat32, {2}, forged));
  });
  TensorMap states;
  session.run(inputs, states);
}

constexpr const char* kUniform =
    "random_uniform(shape = tensor<int32, [1]>([2]), low = fp32(-1), high = fp32(2), seed = int32(-1))";
constexpr const char* kBernoulli = "random_bernoulli(shape = tensor<int32, [1]>([2]), prob = fp32(0.25))";
constexpr const char* kNormal =
    "random_normal(shape = tensor<int32, [1]>([2]), mean = fp32(3), stddev = fp32(0.5), seed = int32(5))";
constexpr const char* kCategorical = "random_categorical(x = x, mode = string(\"probs\"), size = int32(2))";
constexpr const char* kPair = "tensor<fp32, [2]>";

TEST(RandomOps, WhatTheyDrawIsPossible) {
  for (const char* op : {kUniform, kBernoulli, kNormal, kCategorical}) EXPECT_NO_THROW(run(op, kPair)) << op;
}

TEST(RandomOps, WhatADistributionCannotGiveIsFound) {
  const auto error = [](const char* op, const std::vector<float>& forged) -> std::string {
    try {
      run(op, kPair, forged);
    } catch (const Error& found) {
      return found.what();
    }
    return "";
  };
  EXPECT_THAT(error(kUniform, {0, 2.1F}), HasSubstr("was drawn, possible are -1 to 2"));
  EXPECT_THAT(error(kBernoulli, {0, 0.5F}), HasSubstr("0.5 was drawn, possible are 0 to 1"));
  EXPECT_THAT(error(kNormal, {3, 9}), HasSubstr("9 was drawn"));
  EXPECT_THAT(error(kCategorical, {0, 2}), HasSubstr("2 was drawn, possible are 0 to 1"));
}

}  // namespace
}  // namespace anemone

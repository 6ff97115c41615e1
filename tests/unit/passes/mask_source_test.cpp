// SPDX-License-Identifier: Apache-2.0
// A causal mask as a constant, as an input and made from a length: the same scores.
#include "passes/mask_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "runtime/session.h"

namespace anemone {
namespace {

constexpr const char* kCausal = R"(program(1.0) { func main<ios16>(tensor<fp32, [1, 3, 1, 3]> x) {
  axis = const()[val = int32(1)];
  mask = const()[val = tensor<fp32, [1, 3, 1, 3]>([0, 0, 0, -10000, 0, 0, -10000, -10000, 0])];
  a = add(x = x, y = mask);
  p = softmax(axis = axis, x = a);
  b = add(x = mask, y = p);
  q = softmax(axis = axis, x = b);
} -> (q); })";

std::vector<float> run(const Program& program, const TensorMap& inputs) {
  Session session(std::make_shared<const Program>(program), {});
  TensorMap states;
  const Tensor y = session.run(inputs, states).at("q").tensor;
  return {y.as<float>().begin(), y.as<float>().end()};
}

const Tensor kScores =
    Tensor::of<float>(DType::kFloat32, {1, 3, 1, 3}, std::vector<float>{1, 2, 3, -1, 0.5, 2, 4, -3, 1});

TEST(MaskSource, InputTakesTheMask) {
  const Program before = parse(kCausal, op_table());
  const Program after = with_mask_from(before, MaskSource::kInput);
  verify(after, op_table());
  EXPECT_EQ(after.main().inputs.at(1).name, "qk_mask");
  const Tensor mask =
      Tensor::of<float>(DType::kFloat32, {1, 3, 1, 3}, std::vector<float>{0, 0, 0, -1e4, 0, 0, -1e4, -1e4, 0});
  EXPECT_EQ(run(after, {{"x", kScores}, {"qk_mask", mask}}), run(before, {{"x", kScores}}));
}

TEST(MaskSource, GraphMakesItFromALength) {
  const Program before = parse(kCausal, op_table());
  const Program after = with_mask_from(before, MaskSource::kGraph);
  verify(after, op_table());
  EXPECT_EQ(run(after, {{"x", kScores}, {"length", Tensor::vector({3})}}), run(before, {{"x", kScores}}));
  // The last query sees the first two keys only: the third is not counted.
  const auto shorter = run(after, {{"x", kScores}, {"length", Tensor::vector({2})}});
  EXPECT_EQ(shorter.at(8), 0);
  EXPECT_GT(shorter.at(5), 0);
}

TEST(MaskSource, SaysWhatIsWrong) {
  const auto error_of = [](const std::string& text, MaskSource source) -> std::string {
    try {
      with_mask_from(parse(text, op_table()), source);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(error_of("program(1.0) { func main<ios16>(tensor<fp32, [2]> x) { y = relu(x = x); } -> (y); }",
                       MaskSource::kInput),
              testing::HasSubstr("no attention has a constant mask"));
  std::string other = kCausal;
  other.replace(other.find("-10000"), 6, "0");
  EXPECT_THAT(error_of(other, MaskSource::kGraph), testing::HasSubstr("not a causal one"));
  EXPECT_THROW(mask_source_from("none"), Error);
}

}  // namespace
}  // namespace anemone

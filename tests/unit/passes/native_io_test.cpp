// SPDX-License-Identifier: Apache-2.0
// Inputs and outputs as the Neural Engine holds them: the same numbers under the same names, in another order.
#include "passes/native_io.h"

#include <gtest/gtest.h>

#include "ir/text.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "runtime/session.h"

namespace anemone {
namespace {

constexpr const char* kProgram = R"(program(1.0) { func main<ios16>(tensor<fp32, [1, 3, 2]> x, tensor<int32, [1]> n) {
  half = cast(x = x, dtype = string("fp16"));
  first = transpose(x = half, perm = tensor<int32, [3]>([0, 2, 1]));
  inside = expand_dims(x = first, axes = tensor<int32, [1]>([2]));
  y = relu(x = inside);
  flat = squeeze(x = y, axes = tensor<int32, [1]>([2]));
  back = transpose(x = flat, perm = tensor<int32, [3]>([0, 2, 1]));
  out = cast(x = back, dtype = string("fp32"));
  kept = add(x = n, y = n);
} -> (out, kept); })";

Tensor run(const Program& program, const Tensor& x) {
  Session session(std::make_shared<const Program>(program), {});
  TensorMap states;
  return session.run({{"x", x}, {"n", Tensor::vector({2})}}, states).at("out").tensor;
}

TEST(NativeIo, CastsAndChangesOfAxesAtTheEdgesGo) {
  const Program before = parse(kProgram, op_table());
  const Program after = with_native_io(before);
  verify(after, op_table());
  EXPECT_EQ(after.main().inputs[0].type, Type::tensor(DType::kFloat16, ConcreteShape{1, 2, 1, 3}));
  EXPECT_EQ(after.main().inputs[1].type, before.main().inputs[1].type);
  EXPECT_EQ(after.main().output_features[0].name, "out");
  EXPECT_EQ(after.main().output_features[0].shape, (ConcreteShape{1, 2, 1, 3}));
  EXPECT_EQ(after.main().output_features[0].dtype, DType::kFloat16);
  const std::vector<float> values{1, -2, 3, -4, 5, 6};  // (1, 3, 2)
  const std::vector<float> turned{1, 3, 5, -2, -4, 6};  // (1, 2, 1, 3)
  const std::vector<float> relu{1, 3, 5, 0, 0, 6};
  const Tensor y = run(after, Tensor::of<float>(DType::kFloat32, {1, 2, 1, 3}, turned));
  EXPECT_EQ(y.shape(), (ConcreteShape{1, 2, 1, 3}));
  EXPECT_EQ(std::vector<float>(y.as<float>().begin(), y.as<float>().end()), relu);
  const Tensor plain = run(before, Tensor::of<float>(DType::kFloat32, {1, 3, 2}, values));
  EXPECT_EQ(std::vector<float>(plain.as<float>().begin(), plain.as<float>().end()),
            (std::vector<float>{1, 0, 3, 0, 5, 6}));
}

TEST(NativeIo, WhatOthersLookIntoStays) {
  const Program before = parse(R"(program(1.0) { func main<ios16>(tensor<fp32, [1, 3, 2]> x) {
    half = cast(x = x, dtype = string("fp16"));
    first = transpose(x = half, perm = tensor<int32, [3]>([0, 2, 1]));
    inside = expand_dims(x = first, axes = tensor<int32, [1]>([2]));
    y = relu(x = inside);
    seen = reduce_sum(x = x, axes = tensor<int32, [1]>([1]));
  } -> (y, seen); })",
                               op_table());
  EXPECT_FALSE(difference(with_native_io(before), before));
}

TEST(NativeIo, FilesOfTheFirstOpsetHaveNoHalves) {
  std::string text = kProgram;
  text.replace(text.find("ios16"), 5, "ios15");
  const Program before = parse(text, op_table());
  EXPECT_FALSE(difference(with_native_io(before), before));
}

}  // namespace
}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/layout.h"

#include <gtest/gtest.h>

#include "ir/constant.h"
#include "tune/verify/sampler.h"

namespace anemone {
namespace {

Tensor counted(const ConcreteShape& shape) {
  Tensor tensor(DType::kFloat32, shape);
  float next = 1;
  for (float& value : tensor.as<float>()) value = next += 1.7F;
  return tensor;
}

std::optional<Layout> found(const Tensor& want, const Constant& got) {
  return find_layout(want, got.stored(), scale_of(want), 1e-6);
}

TEST(Layout, FindsPermutedSplitAndMergedAxes) {
  const Tensor x = counted({2, 5, 12});  // (B, S, C)
  const Constant constant(x);
  EXPECT_TRUE(found(x, constant.transposed({0, 2, 1}).reshaped({2, 12, 1, 5})));    // (B, C, 1, S)
  EXPECT_TRUE(found(x, constant.reshaped({2, 5, 3, 4}).transposed({0, 2, 1, 3})));  // by heads
  EXPECT_TRUE(found(x, constant.reshaped({2, 5, 3, 4}).transposed({0, 2, 3, 1}).reshaped({2, 3, 20})));
  const auto view = found(x, constant.reshaped({10, 3, 4}));
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->is_view());
}

TEST(Layout, GivesTheTensorItself) {
  const Tensor x = counted({4, 6});
  const Tensor turned = Constant(x).transposed({1, 0}).stored();
  const auto layout = find_layout(x, turned, scale_of(x), 1e-6);
  ASSERT_TRUE(layout);
  EXPECT_EQ(relative_error(turned, laid_out(x, *layout), scale_of(x)), 0);
}

TEST(Layout, SwappedHeadsAreNone) {
  const Tensor x = counted({1, 4, 3, 5});
  const Constant heads(x);
  const Constant swapped = Constant::concatenated(
      {heads.sliced(1, 0, 1), heads.sliced(1, 2, 3), heads.sliced(1, 1, 2), heads.sliced(1, 3, 4)}, 1);
  EXPECT_FALSE(found(x, swapped));
}

TEST(Layout, ErrorsAmongOthersThanFillersCount) {
  const Tensor want = Tensor::of<float>(DType::kFloat32, {4}, std::vector<float>{-1e30F, 1, 2, 3});
  const Tensor got = Tensor::of<float>(DType::kFloat32, {4}, std::vector<float>{-1e30F, 1, 2.5F, 3});
  EXPECT_GT(relative_error(got, want, scale_of(want)), 1e-3);
}

}  // namespace
}  // namespace anemone

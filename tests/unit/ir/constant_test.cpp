// SPDX-License-Identifier: Apache-2.0
#include "ir/constant.h"

#include <gmock/gmock.h>

#include <cstring>

#include "base/error.h"
#include "ir/arg.h"

namespace anemone {
namespace {

using testing::ElementsAre;

std::vector<float> values(const Constant& constant) {
  const Tensor tensor = constant.tensor();
  return {tensor.as<float>().begin(), tensor.as<float>().end()};
}

TEST(Constant, StridesViewElementsAsTorchDoes) {
  const Constant flat = floats({8}, {0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_THAT(values(flat.strided({3, 2}, {1, 4})), ElementsAre(0, 4, 1, 5, 2, 6));  // transposed, with a margin
  EXPECT_THAT(values(flat.strided({2, 3}, {0, 2})), ElementsAre(0, 2, 4, 0, 2, 4));  // expanded
  EXPECT_THAT(values(flat.strided({}, {})), ElementsAre(0));
  EXPECT_EQ(flat.strided({0, 5}, {100, 100}).element_count(), 0);
  EXPECT_EQ(flat.strided({2, 4}, {4, 1}).identity(), flat.strided({2, 4}, {4, 1}).identity());
}

TEST(Constant, StridesThatOnlyReorderAxesAreTransposes) {
  const Constant flat = floats({12}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const Constant view = flat.strided({3, 1, 2, 2}, {1, 7, 6, 3});
  EXPECT_THAT(values(view), ElementsAre(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11));
  EXPECT_EQ(view.identity(), flat.reshaped({1, 2, 2, 3}).transposed({3, 0, 1, 2}).identity());
  EXPECT_EQ(flat.strided({2, 6}, {6, 1}).identity(), flat.reshaped({2, 6}).identity());
  EXPECT_THAT(values(flat.strided({2, 3}, {1, 2})), ElementsAre(0, 2, 4, 1, 3, 5));  // fewer elements
  EXPECT_EQ(flat.strided({0, 5}, {1, 1}).element_count(), 0);
}

// More elements than one thread takes at once, in a number that no block divides.
Constant large(DType dtype) {
  Tensor tensor(DType::kFloat32, {531, 617});
  const auto all = tensor.as<float>();
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<float>(i % 9973) * 16.37F - 70000;
  return Constant(converted(tensor, dtype));
}

TEST(Constant, ThreadsChangeNoBit) {
  for (const DType dtype : {DType::kFloat32, DType::kBFloat16, DType::kFloat64}) {
    const Constant constant = large(dtype);
    for (const Constant& made : {constant.saturated_half(), constant.transposed({1, 0}).saturated_half(),
                                 constant.cast(DType::kFloat16), constant.cast(DType::kInt32).transposed({1, 0})}) {
      const Tensor alone = made.stored(1);
      const Tensor together = made.stored(4);
      EXPECT_EQ(std::memcmp(alone.bytes(), together.bytes(), alone.byte_size()), 0) << made.identity();
    }
    const Tensor back = constant.transposed({1, 0}).transposed({1, 0}).stored(4);
    EXPECT_EQ(std::memcmp(back.bytes(), constant.stored().bytes(), back.byte_size()), 0);
  }
}

TEST(Constant, StridesStayInside) {
  const Constant flat = floats({8}, {0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(values(flat.strided({2, 2}, {4, 3})).back(), 7);
  EXPECT_THROW(flat.strided({2, 2}, {4, 4}), Error);
  EXPECT_THROW(flat.strided({3}, {int64_t{1} << 62}), Error);
  EXPECT_THROW(flat.strided({2}, {-1}), Error);
}

}  // namespace
}  // namespace anemone

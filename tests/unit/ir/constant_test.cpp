// SPDX-License-Identifier: Apache-2.0
#include "ir/constant.h"

#include <gmock/gmock.h>

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

TEST(Constant, StridesStayInside) {
  const Constant flat = floats({8}, {0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(values(flat.strided({2, 2}, {4, 3})).back(), 7);
  EXPECT_THROW(flat.strided({2, 2}, {4, 4}), Error);
  EXPECT_THROW(flat.strided({3}, {int64_t{1} << 62}), Error);
  EXPECT_THROW(flat.strided({2}, {-1}), Error);
}

}  // namespace
}  // namespace anemone

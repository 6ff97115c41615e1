// SPDX-License-Identifier: Apache-2.0
// Buckets as T5Attention._relative_position_bucket of transformers gives them.
#include "import/blocks/relative_bias.h"

#include <gmock/gmock.h>

namespace anemone {
namespace {

std::vector<int64_t> buckets(const RelativeBias& kind, const std::vector<int64_t>& distances) {
  std::vector<int64_t> result;
  for (const int64_t distance : distances) result.push_back(relative_bucket(distance, kind));
  return result;
}

TEST(RelativeBucket, BothWays) {
  const RelativeBias kind{1, 32, 32, 128, true};
  EXPECT_THAT(buckets(kind, {0, -1, -7, -8, -11, -12, -16, -64, -127, -1000, 1, 8, 200}),
              testing::ElementsAre(0, 1, 7, 8, 8, 9, 10, 14, 15, 15, 17, 24, 31));
}

TEST(RelativeBucket, BackOnly) {
  const RelativeBias kind{1, 32, 32, 128, false};
  EXPECT_THAT(buckets(kind, {0, 5, -1, -15, -16, -19, -32, -64, -128, -5000}),
              testing::ElementsAre(0, 0, 1, 15, 16, 17, 21, 26, 31, 31));
}

}  // namespace
}  // namespace anemone

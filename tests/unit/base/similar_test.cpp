// SPDX-License-Identifier: Apache-2.0
#include "base/similar.h"

#include <gmock/gmock.h>

namespace anemone {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SimilarNames, NearestFirst) {
  const std::vector<std::string> names = {"gpt2", "llama", "gemma", "gpt_neox"};
  EXPECT_THAT(similar_names("llama2", names, 3), ElementsAre("llama"));
  EXPECT_THAT(similar_names("gpt", names, 3), ElementsAre("gpt2"));
  EXPECT_THAT(similar_names("gamma", names, 2), ElementsAre("gemma"));
  EXPECT_THAT(similar_names("frobnicator", names, 3), IsEmpty());
  EXPECT_THAT(similar_names("", names, 3), IsEmpty());
}

TEST(SimilarNames, LongNamesAreLeftOut) {
  const std::string long_name(1000, 'a');
  EXPECT_THAT(similar_names(long_name, {long_name}, 1), IsEmpty());
  EXPECT_THAT(similar_names("a", {long_name, "a"}, 1), ElementsAre("a"));
}

}  // namespace
}  // namespace anemone

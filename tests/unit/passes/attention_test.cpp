// SPDX-License-Identifier: Apache-2.0
// Drawn attentions through all passes; tests/oracles/attention.sh tries 500 of them.
#include "attention_trial.h"

#include <gtest/gtest.h>

namespace anemone {
namespace {

TEST(Attention, DrawnOnesKeepTheirResultsAndAreRecognised) {
  constexpr int kDraws = 60;
  int recognised = 0;
  std::string others;
  for (unsigned seed = 1; seed <= kDraws; ++seed) {
    const test::AttentionTrial trial = test::try_attention(seed);
    EXPECT_EQ(trial.worthless, "") << trial.what;
    EXPECT_GE(trial.psnr, test::kKept) << trial.what;
    recognised += trial.recognised;
    if (!trial.recognised) others += trial.what + ": " + trial.reason + "\n";
  }
  EXPECT_GE(recognised, kDraws * 95 / 100) << others;
}

}  // namespace
}  // namespace anemone

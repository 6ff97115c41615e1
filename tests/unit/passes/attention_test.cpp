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

// By parts of three queries, so that most draws have several parts and many a shorter last one.
TEST(Attention, PartsOfTheQueriesGiveTheSame) {
  PassSettings settings;
  settings.attention = AttentionMode::kSplitEinsumV2;
  settings.queries_at_once = 3;
  int recognised = 0;
  int cut = 0;
  for (unsigned seed = 200; seed < 240; ++seed) {
    const test::AttentionTrial trial = test::try_attention(seed, settings);
    EXPECT_GE(trial.psnr, test::kKept) << trial.what;
    recognised += trial.recognised;
    cut += trial.applied.count("chunk_queries") > 0;
  }
  EXPECT_GE(recognised, 38);
  EXPECT_GE(cut, 36);
}

}  // namespace
}  // namespace anemone

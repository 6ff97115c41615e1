// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/truncation.h"

#include <gtest/gtest.h>

namespace anemone {
namespace {

TypedIds sequence(TokenId first, int count) {
  TypedIds result;
  for (int i = 0; i < count; ++i) result.ids.push_back(first + i);
  result.type_ids.assign(result.ids.size(), 0);
  return result;
}

// The lengths that are left of a pair.
std::pair<size_t, size_t> lengths(int first, int second, size_t max_length, TruncationStrategy strategy) {
  std::vector<TypedIds> parts = {sequence(0, first), sequence(100, second)};
  truncate(parts, max_length, strategy, false);
  EXPECT_EQ(parts[0].ids.size(), parts[0].type_ids.size());
  EXPECT_EQ(parts[1].ids.size(), parts[1].type_ids.size());
  return {parts[0].ids.size(), parts[1].ids.size()};
}

TEST(Truncation, LongestFirstSharesTheRoom) {
  const auto strategy = TruncationStrategy::kLongestFirst;
  EXPECT_EQ(lengths(3, 4, 7, strategy), (std::pair<size_t, size_t>{3, 4}));
  EXPECT_EQ(lengths(3, 10, 8, strategy), (std::pair<size_t, size_t>{3, 5}));
  EXPECT_EQ(lengths(10, 3, 8, strategy), (std::pair<size_t, size_t>{5, 3}));
  EXPECT_EQ(lengths(10, 10, 7, strategy), (std::pair<size_t, size_t>{3, 4}));
  EXPECT_EQ(lengths(11, 10, 7, strategy), (std::pair<size_t, size_t>{4, 3}));
  EXPECT_EQ(lengths(10, 10, 0, strategy), (std::pair<size_t, size_t>{0, 0}));
}

TEST(Truncation, OneSequenceOnly) {
  EXPECT_EQ(lengths(6, 4, 7, TruncationStrategy::kOnlyFirst), (std::pair<size_t, size_t>{3, 4}));
  EXPECT_EQ(lengths(4, 6, 7, TruncationStrategy::kOnlySecond), (std::pair<size_t, size_t>{4, 3}));
  std::vector<TypedIds> parts = {sequence(0, 3), sequence(100, 9)};
  EXPECT_THROW(truncate(parts, 9, TruncationStrategy::kOnlyFirst, false), Error);
  parts.pop_back();
  EXPECT_THROW(truncate(parts, 2, TruncationStrategy::kOnlySecond, false), Error);
}

TEST(Truncation, LeftDropsTheStart) {
  std::vector<TypedIds> parts = {sequence(0, 5)};
  truncate(parts, 2, TruncationStrategy::kLongestFirst, true);
  EXPECT_EQ(parts[0].ids, (std::vector<TokenId>{3, 4}));
}

}  // namespace
}  // namespace anemone

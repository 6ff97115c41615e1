// SPDX-License-Identifier: Apache-2.0
#include "kernels/permute/permute.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "targets.h"

namespace anemone::kernels {
namespace {

// One element at a time, by the definition.
std::vector<uint8_t> reference(int64_t size, const std::vector<int64_t>& shape, const std::vector<int64_t>& order,
                               const std::vector<uint8_t>& x) {
  const size_t rank = shape.size();
  std::vector<int64_t> strides(rank, 1);
  for (size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  std::vector<uint8_t> out(x.size());
  for (int64_t to = 0; to < static_cast<int64_t>(x.size()) / size; ++to) {
    int64_t rest = to;
    int64_t from = 0;
    for (size_t i = rank; i-- > 0; rest /= shape[order[i]]) from += rest % shape[order[i]] * strides[order[i]];
    std::memcpy(&out[to * size], &x[from * size], static_cast<size_t>(size));
  }
  return out;
}

TEST(Permute, MatchesTheDefinitionForEveryOrder) {
  const std::vector<std::vector<int64_t>> shapes = {
      {},         {5},          {1, 1},         {7, 9},        {70, 131},
      {3, 1, 66}, {2, 3, 4, 5}, {2, 65, 3, 17}, {1, 4, 1, 70}, {2, 1, 3, 4, 5},
      {0, 3, 2}};
  for (const std::vector<int64_t>& shape : shapes) {
    const int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
    std::vector<int64_t> order(shape.size());
    std::iota(order.begin(), order.end(), 0);
    do {
      for (int64_t size : {1, 2, 4, 8}) {
        std::vector<uint8_t> x(static_cast<size_t>(count * size));
        for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<uint8_t>((i * 2654435761U) >> 7);  // NaNs among them
        std::vector<uint8_t> out(x.size(), 0xAA);
        permute(2, size, shape, order, x.data(), out.data());
        ASSERT_EQ(out, reference(size, shape, order, x))
            << testing::PrintToString(shape) << testing::PrintToString(order);
      }
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(Permute, EveryTargetMovesTheSameBits) {
  const std::vector<int64_t> shape = {3, 37, 70};
  const std::vector<int64_t> order = {2, 0, 1};
  std::vector<uint8_t> x(3 * 37 * 70 * 4);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<uint8_t>((i * 2654435761U) >> 9);
  for_each_target([&](int64_t) {
    std::vector<uint8_t> out(x.size());
    permute(1, 4, shape, order, x.data(), out.data());
    EXPECT_EQ(out, reference(4, shape, order, x));
  });
}

}  // namespace
}  // namespace anemone::kernels

// SPDX-License-Identifier: Apache-2.0
#include "import/blocks/relative_bias.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace anemone {
namespace {

constexpr int64_t kLongestTable = 16384;

}  // namespace

// In single precision as in the original, because what falls on a border depends on it.
int64_t relative_bucket(int64_t distance, const RelativeBias& kind) {
  int64_t buckets = kind.buckets;
  int64_t bucket = 0;
  if (kind.both_ways) {
    buckets /= 2;
    if (distance > 0) bucket = buckets;
    distance = std::abs(distance);
  } else {
    distance = -std::min<int64_t>(distance, 0);
  }
  const int64_t exact = buckets / 2;
  if (distance < exact) return bucket + distance;
  const auto scale = static_cast<float>(std::log(static_cast<double>(kind.longest) / static_cast<double>(exact)));
  const float ratio = std::log(static_cast<float>(distance) / static_cast<float>(exact)) / scale;
  const auto beyond = static_cast<int64_t>(ratio * static_cast<float>(buckets - exact));
  return bucket + std::min(exact + beyond, buckets - 1);
}

Constant relative_bias(const Module& module, const RelativeBias& kind, int64_t queries, int64_t keys) {
  const std::string& file = module.model().config().file();
  const int64_t exact = kind.buckets / (kind.both_ways ? 4 : 2);
  if (exact < 1 || kind.longest <= exact)
    fail("{}: {} buckets for distances up to {} are not possible", file, kind.buckets, kind.longest);
  if (kind.buckets > kind.rows) fail("{}: {} buckets need as many rows, there are {}", file, kind.buckets, kind.rows);
  if (queries > kLongestTable || keys > kLongestTable)
    fail("--sequence-length: relative positions reach {} tokens at most", kLongestTable);
  const Tensor table = converted(module.weight("weight", {kind.rows, kind.heads}).stored(), DType::kFloat32);
  Tensor bias(DType::kFloat32, {1, kind.heads, queries, keys});
  auto to = bias.as<float>();
  for (int64_t query = 0; query < queries; ++query)
    for (int64_t key = 0; key < keys; ++key) {
      const int64_t bucket = relative_bucket(key - query, kind);
      for (int64_t head = 0; head < kind.heads; ++head)
        to[static_cast<size_t>((head * queries + query) * keys + key)] =
            table.as<float>()[static_cast<size_t>(bucket * kind.heads + head)];
    }
  return Constant(std::move(bias));
}

}  // namespace anemone

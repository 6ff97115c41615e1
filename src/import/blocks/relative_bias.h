// SPDX-License-Identifier: Apache-2.0
// Attention that knows distances: each head adds to its scores a number that depends on how far the key is from the
// query. Distances share buckets, near ones each its own, far ones on a logarithmic scale (T5, MPNet).
#pragma once

#include "import/blocks/model_builder.h"

namespace anemone {

struct RelativeBias {
  int64_t heads = 0;
  int64_t rows = 0;     // of the table, at least as many as buckets
  int64_t buckets = 0;  // both directions share them when `both_ways`, else keys after the query are as near as itself
  int64_t longest = 0;  // distances from here on are in the last bucket
  bool both_ways = true;
};

// From weight (rows, heads) of the module: (1, heads, queries, keys).
Constant relative_bias(const Module& module, const RelativeBias& kind, int64_t queries, int64_t keys);

// The bucket of key - query.
int64_t relative_bucket(int64_t distance, const RelativeBias& kind);

}  // namespace anemone

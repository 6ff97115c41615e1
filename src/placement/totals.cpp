// SPDX-License-Identifier: Apache-2.0
#include "placement/totals.h"

namespace anemone {

Totals totals_of(const std::vector<PlacedFunction>& functions, const std::vector<WeightSizes>& weights, const Target&) {
  Totals totals;
  for (const PlacedFunction& function : functions)
    for (const PlacedOp& op : function.ops) {
      ++totals.ops;
      ++(op.preferred == Unit::kAne ? totals.ane : op.preferred == Unit::kGpu ? totals.gpu : totals.cpu);
    }
  for (const WeightSizes& sizes : weights) totals.weights_mb += static_cast<double>(sizes.loaded) / 1e6;
  return totals;
}

}  // namespace anemone

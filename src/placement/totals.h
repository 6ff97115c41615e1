// SPDX-License-Identifier: Apache-2.0
// What a run costs in time, energy and memory: estimates of the real thing, unlike the compiler's beliefs that decide
// placement. Each has a range, and is nothing when a figure of the chip that it needs is not known.
#pragma once

#include <optional>
#include <vector>

#include "placement/place.h"

namespace anemone {

struct Range {
  double value = 0;
  double low = 0;
  double high = 0;
};

struct Totals {
  int ops = 0;
  int ane = 0;
  int gpu = 0;
  int cpu = 0;
  std::optional<Range> latency_ms;
  std::optional<Range> energy_mj;
  std::optional<Range> first_load_s;
  double weights_mb = 0;  // as loaded
  double memory_mb = 0;   // weights and the largest set of live values
};

Totals totals_of(const std::vector<PlacedFunction>& functions, const std::vector<WeightSizes>& weights,
                 const Target& target);

}  // namespace anemone

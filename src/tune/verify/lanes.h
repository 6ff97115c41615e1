// SPDX-License-Identifier: Apache-2.0
// Values that a program computes side by side where another computes one: heads that were taken apart. The outputs of a
// split are lanes of one value; so are the results of ops of one kind that do the same with one lane each.
#pragma once

#include <vector>

#include "tune/verify/side.h"

namespace anemone {

struct Lanes {
  std::vector<ValueId> values;  // in the order of the split; kNoValue where the program has no such op
  ConcreteShape shape;          // of each

  int64_t size() const { return product(shape) * static_cast<int64_t>(values.size()); }
  ConcreteShape stacked_shape() const;
};

// Those with at least two lanes, in the order of the program.
std::vector<Lanes> lanes_of(const Side& side);

// All lanes in one tensor, the lane being its first axis; zeros where a lane is missing.
Tensor stacked(const Side& side, const Lanes& lanes);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// The generator of the random ops: SplitMix64 (Steele, Lea, Flood 2014): the state goes up by 0x9E3779B97F4A7C15 and is
// mixed into 64 bits. Its start is the op's seed, or, when that is -1, the next bits of the run. The numbers are ours:
// Core ML does not document its own.
#pragma once

#include <cmath>

#include "ir/op_definition.h"

namespace anemone {

class RandomBits {
 public:
  RandomBits(const Arguments& args, Results& results)
      : state_(args.integer("seed") == -1 ? results.random() : static_cast<uint64_t>(args.integer("seed"))) {}

  uint64_t next() {
    uint64_t bits = state_ += 0x9E3779B97F4A7C15U;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9U;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBU;
    return bits ^ (bits >> 31);
  }
  // In [0, 1), a multiple of 2^-24.
  double uniform() { return static_cast<double>(next() >> 40) * 0x1p-24; }
  // Standard normal, by Box and Muller from two draws.
  double normal() {
    const double radius = std::sqrt(-2 * std::log(static_cast<double>((next() >> 11) + 1) * 0x1p-53));
    return radius * std::cos(6.283185307179586 * static_cast<double>(next() >> 11) * 0x1p-53);
  }

 private:
  uint64_t state_;
};

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// How fast each pair of channels turns: the frequencies of rotary position embedding after scaling, from a
// configuration's rope_parameters (or, as older files spell it, rope_theta, rope_scaling, rotary_pct ...).
#pragma once

#include <vector>

#include "import/config.h"

namespace anemone {

struct RotaryFrequencies {
  std::vector<float> values;  // radians per position
  float factor = 1;           // of cosines and sines
  bool by_length = false;     // other sequence lengths would give other frequencies
};

// Error naming the key when the kind of scaling is unknown.
RotaryFrequencies rotary_frequencies(const Config& config, int64_t head_size, int64_t length);

}  // namespace anemone

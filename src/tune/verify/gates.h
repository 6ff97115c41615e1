// SPDX-License-Identifier: Apache-2.0
// Thresholds that other tools publish for what a change to a model may cost, in dB of the flavour that each of them
// means (see docs/verify.md for the sources).
#pragma once

#include <string>
#include <vector>

#include "tune/compare.h"

namespace anemone {

struct Gate {
  std::string name;
  double floor = 0;     // below: failed
  double expected = 0;  // below, though not failed: worth a look
  std::string meaning;
};

const std::vector<Gate>& gates();
// Throws Error naming those that there are.
const Gate& find_gate(const std::string& name);

}  // namespace anemone

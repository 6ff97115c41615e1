// SPDX-License-Identifier: Apache-2.0
// Programs of real shapes that have softmaxes, products and sums like an attention and are none.
#pragma once

#include <string>
#include <vector>

#include "runtime/executable.h"

namespace anemone::test {

struct LookAlike {
  std::string name;
  Program program;
  TensorMap inputs;
};

std::vector<LookAlike> look_alikes();

}  // namespace anemone::test

// SPDX-License-Identifier: Apache-2.0
// What methods do that make a function itself smaller, before its weights are encoded: fewer neurons, heads or layers,
// thinner products. Inputs, outputs and their shapes stay.
#pragma once

#include <string>
#include <vector>

#include "compress/encode.h"
#include "compress/weights.h"
#include "ir/program.h"

namespace anemone {

struct ReductionInput {
  const Function& function;
  const Graph& graph;                  // of the function
  std::vector<const Weight*> weights;  // that follow the rule
  const Keep& keep;
  int threads = 1;
};

// One weight, or one layer.
struct Reduced {
  std::string name;
  std::string outcome;  // "96 of 384 neurons go", or why all stays as it is
  bool done = false;
  int64_t bytes_before = 0;  // of the weights that changed
  int64_t bytes_after = 0;
  std::vector<std::string> successors = {};  // weights that stand in its place and follow the same rule
};

struct Reduction {
  Function function;
  std::vector<Reduced> parts;
};

}  // namespace anemone

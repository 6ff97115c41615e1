// SPDX-License-Identifier: Apache-2.0
// Inputs made up for a model: random ones that respect what each input means, and those at the boundaries of what it
// takes. The same seed gives the same numbers on every machine.
#pragma once

#include <string>
#include <vector>

#include "runtime/executable.h"
#include "tune/verify/input_meaning.h"

namespace anemone {

// One use of a model: calls in order, states being kept from one to the next and zero before the first.
struct InputSample {
  std::string name;  // "random 0", "padding but one", a file
  std::vector<TensorMap> calls;
  std::string label;  // the right class, when it is known
};

struct SampleOptions {
  int random = 3;
  uint64_t seed = 0;
  bool boundary = true;
  int calls = 0;  // of each sample; 0: three for a model with states, else one
};

std::vector<InputSample> make_samples(const Function& function, const InputMeanings& meanings,
                                      const SampleOptions& options);

}  // namespace anemone

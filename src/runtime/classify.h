// SPDX-License-Identifier: Apache-2.0
// The results of a classifier.
#pragma once

#include <vector>

#include "ir/op_definition.h"
#include "runtime/executable.h"

namespace anemone {

// Label and dictionary of the classify op. The first of equal probabilities wins.
std::vector<RuntimeValue> run_classify(const Arguments& arguments);

}  // namespace anemone

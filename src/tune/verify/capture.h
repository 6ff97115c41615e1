// SPDX-License-Identifier: Apache-2.0
// The values inside a function for given inputs: the function is run with every value that it computes as an output.
#pragma once

#include <set>
#include <unordered_map>
#include <vector>

#include "runtime/executable.h"
#include "tune/verify/sampler.h"

namespace anemone {

// By number; tensors in compute form. Ops inside nested blocks have no single value and are left out.
using Values = std::unordered_map<ValueId, Tensor>;

// Values of the last of `calls`; the calls before it only bring the states to where they are then. Inputs as callers
// give them. `only`, when not empty, are the values that are kept besides the inputs.
Values capture(const Program& program, const std::string& function, const std::vector<TensorMap>& calls,
               const RunOptions& options, const std::set<ValueId>& only = {});

// The ops that capture() gives values of, in order: those of the outermost block that execute.
std::vector<const Op*> captured_ops(const Function& function);

}  // namespace anemone

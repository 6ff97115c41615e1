// SPDX-License-Identifier: Apache-2.0
// The values of compressed constants.
#pragma once

#include <functional>
#include <string>

#include "ir/program.h"

namespace anemone {

// Calls visit(output, value) for each output of a constexpr op of the function, nested blocks included, in program
// order. Values are in compute form, rounded once to their declared type; only those that other constexpr ops use are
// kept longer than the call.
void decompress(const Function& function, const std::function<void(const Output&, const Tensor&)>& visit);

}  // namespace anemone

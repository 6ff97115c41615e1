// SPDX-License-Identifier: Apache-2.0
// The values of compressed constants.
#pragma once

#include <functional>
#include <string>

#include "ir/program.h"

namespace anemone {

// Calls visit(name, value) for each output of a constexpr op of the function, nested blocks included, in program order.
// Values are in compute form, rounded once to their declared type.
void decompress(const Function& function, const std::function<void(const std::string&, const Tensor&)>& visit);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Which state a version belongs to: every value of state type in a function, by the name of the function's input.
#pragma once

#include <map>
#include <string>

#include "ir/program.h"

namespace anemone {

std::map<ValueId, std::string> state_names(const Function& function);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Flags of the form NAME=VALUE. Errors name the flag.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ir/type.h"

namespace anemone {

std::pair<std::string, std::string> assignment(const std::string& flag, const std::string& text);

// --shape INPUT=D0,D1,..., once for each input.
std::map<std::string, ConcreteShape> shapes_from(const std::vector<std::string>& texts);

}  // namespace anemone

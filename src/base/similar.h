// SPDX-License-Identifier: Apache-2.0
// Names that are written like another one: for messages about names that are not there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace anemone {

// At most `count` of the names, the most alike first; none that differs in half of its letters or more.
std::vector<std::string> similar_names(std::string_view name, const std::vector<std::string>& names, size_t count);

}  // namespace anemone

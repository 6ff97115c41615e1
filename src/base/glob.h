// SPDX-License-Identifier: Apache-2.0
// Patterns of names: * stands for any letters, also none, and ? for one.
#pragma once

#include <string_view>

namespace anemone {

bool matches_glob(std::string_view pattern, std::string_view text);

}  // namespace anemone

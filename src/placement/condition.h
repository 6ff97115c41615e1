// SPDX-License-Identifier: Apache-2.0
// Small conditions over the totals of an explanation, as in --fail-if 'ane_share < 0.95 or cpu > 10'. Numbers, names,
// + - * /, comparisons, and, or, not, parentheses. The text is untrusted: nesting is bounded.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace anemone {

// Gives the value of a name, or nothing when there is no such name.
using NameLookup = std::function<std::optional<double>(std::string_view)>;

// Whether the condition holds. Throws Error with the place of the fault, or with `names` when a name is unknown.
bool holds(std::string_view condition, const NameLookup& lookup, const std::vector<std::string>& names);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// The part of YAML that people write settings in, as JSON: nested mappings and lists by indentation, lists and mappings
// in brackets, plain and quoted scalars, comments. Anchors, tags, block texts and several documents are refused.
#pragma once

#include <string_view>

#include "base/json_fwd.h"

namespace anemone {

// Throws Error naming the line. Nesting is bounded, and keys are given once.
Json parse_yaml(std::string_view text);

}  // namespace anemone

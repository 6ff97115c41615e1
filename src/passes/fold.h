// SPDX-License-Identifier: Apache-2.0
// Evaluates ops of a graph at compile time. Results are rounded to their declared element types, as a device would.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ir/graph.h"
#include "ir/op_definition.h"

namespace anemone {

// Small constants and results only; see PassContext::evaluate.
std::function<std::optional<std::vector<Constant>>(const Op&, const Graph&)> folder(const OpTable& table);

}  // namespace anemone

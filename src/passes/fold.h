// SPDX-License-Identifier: Apache-2.0
// Evaluates ops of a graph at compile time. Results are rounded to their declared element types, as a device would.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ir/graph.h"
#include "ir/op_definition.h"

namespace anemone {

// How an op's operands are looked up.
struct OperandSource {
  std::function<const Type&(const Operand&)> type;
  std::function<const Constant*(const Operand&)> constant;  // nullptr when it is none
};

struct Folded {
  std::vector<Constant> values;  // of each output
  bool exact = true;             // no half among them was rounded
};

// The results of one op, when its inputs are small constants (or it looks at types alone) and its results small, too.
std::optional<Folded> folded(const Op& op, const OpTable& table, int opset, const OperandSource& source);

// The same in a graph; see PassContext::evaluate.
std::function<std::optional<Folded>(const Op&, const Graph&)> folder(const OpTable& table);

}  // namespace anemone

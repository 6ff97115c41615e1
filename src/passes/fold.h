// SPDX-License-Identifier: Apache-2.0
// Evaluates ops of a graph at compile time. What their declared element types would round is not folded, casts
// excepted: a constant cannot hold it.
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

// The results of one op, when its inputs are small constants (or it looks at types alone) and its results small, too.
std::optional<std::vector<Constant>> folded(const Op& op, const OpTable& table, int opset, const OperandSource& source);

// The same in a graph; see PassContext::evaluate.
std::function<std::optional<std::vector<Constant>>(const Op&, const Graph&)> folder(const OpTable& table);

}  // namespace anemone

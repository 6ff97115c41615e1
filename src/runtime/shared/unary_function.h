// SPDX-License-Identifier: Apache-2.0
// Which vectorised function an op of one float argument x is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/op_definition.h"
#include "kernels/elementwise/elementwise.h"

namespace anemone {

struct UnaryFunction {
  kernels::Unary function;
  float parameter;
};

std::vector<std::string> unary_ops();  // that may be one
// Nothing for other ops, other types, and parameters that are not known or not served.
std::optional<UnaryFunction> unary_function(const Arguments& arguments);

}  // namespace anemone

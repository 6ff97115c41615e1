// SPDX-License-Identifier: Apache-2.0
// The constants of a function that may be compressed, and what is known about them without looking at their values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace anemone {

struct Weight {
  const Op* op = nullptr;  // the const op; of a constant that is compressed already, the constexpr op
  std::vector<const Op*> users;
  int output_axis = 0;                  // of output channels
  int input_axis = 1;                   // of input channels; -1 when there is none
  std::optional<std::string> obstacle;  // why it stays as it is whatever a recipe says

  const std::string& name() const { return op->outputs.front().name; }
  const Type& type() const { return op->outputs.front().type; }
  const Constant& value() const { return op->arguments.front().operands.front().literal(); }  // of a const op
};

// Float constants that ops use, in program order, nested blocks too.
std::vector<Weight> find_weights(const Graph& graph);

}  // namespace anemone

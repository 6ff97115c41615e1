// SPDX-License-Identifier: Apache-2.0
// How the axes of an op's operands and results correspond, as the letters of an einsum do: one letter an axis. With it
// a pass may lay a value out in another way and still apply the op. An axis of size 1 that broadcasts carries the
// letter of the axis that it meets.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ir/arg.h"

namespace anemone {

class Arguments;

// Where the axis of a letter lies now.
using AxisOf = std::function<int(char)>;

struct AxesStatement {
  struct Place {
    std::string argument;
    size_t index = 0;     // of a variadic argument
    std::string letters;  // of the operand's axes
  };
  std::vector<Place> operands;  // whose axes are stated; other arguments do not depend on the layout, or are given anew
  std::vector<std::string> outputs;  // letters of each result; the op works on every other axis by itself
  std::string along;                 // letters that the op works along: each needs an axis of its own
  bool moves = false;                // no arithmetic: the result is the operand, its axes in another order or repeated
  bool contracts = false;            // sums products of its two operands over the letters that the result lacks
  // For slices of constant bounds with step 1: for each output and each letter of `along`, where it begins. The
  // result's type says how many elements follow.
  std::vector<std::vector<int64_t>> begins;
  // Arguments that name axes or have an entry for each, when operands have `rank` axes and each letter its own.
  std::function<std::vector<Arg>(const AxisOf&, int rank)> arguments;
};

// "abc": the first letters of the alphabet, one for each axis, beginning at `first`.
std::string axis_letters(int rank, int first = 0);

}  // namespace anemone

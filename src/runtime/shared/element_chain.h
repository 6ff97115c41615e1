// SPDX-License-Identifier: Apache-2.0
// Elementwise ops that follow a value one after another and can be applied while it is in cache: what a product or the
// scores of attention are handed to. Every value of the chain but the last has one user.
#pragma once

#include <vector>

#include "kernels/elementwise/steps.h"
#include "runtime/fusion.h"

namespace anemone {

// One op of a chain.
struct ChainLink {
  const Op* op = nullptr;
  ValueId from = kNoValue;   // the value that it continues
  ValueId other = kNoValue;  // the other operand, unless it is a constant number
};

// The op as a link that continues `from`: a function of one argument, or arithmetic with a number or another value.
std::optional<ChainLink> link_of(const Graph& graph, const Op& op, ValueId from);

// The links that follow `value`; those with another value only where it has the same declared shape, or that of a row.
std::vector<ChainLink> chain_after(const Graph& graph, ValueId value);

// Whether only one op, and no output of a block, uses the value.
bool has_one_user(const Graph& graph, ValueId value);

// The other operand of a link with another value.
const Type& other_type(const ChainLink& link, const Arguments& arguments);

// How the link is computed; the matrix and strides of a step with another value are left to the caller. Nothing when
// the op's types or parameters are not served.
std::optional<kernels::ElementStep> step_of(const ChainLink& link, const Arguments& arguments);

}  // namespace anemone

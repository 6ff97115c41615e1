// SPDX-License-Identifier: Apache-2.0
// What passes ask of ops and types. "Provably": symbols count, unknown lengths are never equal.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace anemone {

// Calls visit(op) for every op of the function, nested ones too, outer ops first.
void for_each_op(const Graph& graph, const std::function<void(const Op&)>& visit);

// The value of a single operand; kNoValue for a literal or when the argument is absent.
ValueId value_of(const Graph& graph, const Op& op, std::string_view argument);
// The op that makes the value of a single operand when it is of this type, else nullptr.
const Op* producer_of(const Graph& graph, const Op& op, std::string_view argument, std::string_view type);

// Elements of a small numeric constant; nothing when the argument is absent or not one.
std::optional<std::vector<int64_t>> constant_integers(const Graph& graph, const Op& op, std::string_view argument);
std::optional<std::vector<double>> constant_numbers(const Graph& graph, const Operand& operand);
std::optional<std::string> constant_text(const Graph& graph, const Op& op, std::string_view argument);

// perm of a transpose with axes in [0, rank).
std::optional<std::vector<int>> permutation(const Graph& graph, const Op& op);
bool is_identity(const std::vector<int>& permutation);

// Same element type and provably the same shape.
bool same_tensor(const Type& a, const Type& b);
// The same when both hold the same number of elements anyway: one dimension may be unknown.
bool same_view(const Type& a, const Type& b);
// Whether an operand of type `other` leaves the shape of x as it is when both are broadcast.
bool keeps_shape(const Type& x, const Type& other);

// Whether the op only looks at x's elements in another shape (reshape, expand_dims, squeeze, flatten2d, reshape_like).
bool is_view(const Op& op);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// What ops that only move data share: their element types in each opset, and results that are the input in another
// shape.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ir/op_definition.h"

namespace anemone {

// Element types that data movement takes: before CoreML7, and since.
inline constexpr std::string_view kMovedBefore7 = "fp16|fp32|int32|bool";
inline constexpr std::string_view kMovedSince7 = "fp16|fp32|int8|int16|int32|uint8|uint16|bool";

// Signatures that start with x and go on as given, for CoreML5 (or `first`) and from CoreML7 on.
std::vector<Signature> movement_signatures(const std::string& rest, const std::string& rest_since_7, int first = 5);
inline std::vector<Signature> movement_signatures(const std::string& rest) { return movement_signatures(rest, rest); }

// Result 0 is x itself in the shape that the op infers; the data is shared.
void set_reshaped(const Arguments& args, Results& results, const std::vector<Type>& inferred);

// "x has rank 3, expected 4"; nothing when the rank is not known.
void expect_rank(const Arguments& args, std::string_view name, int rank);

// The better known of two descriptions of one length; Error when they differ. `what` names the axis for the message.
Dim unified(const Dim& a, const Dim& b, int axis);

}  // namespace anemone

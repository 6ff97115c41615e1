// SPDX-License-Identifier: Apache-2.0
// Look-up tables over blocks (CoreML8): indices [d...], tables [blocks..., 2^bits, width]. An index stands for `width`
// consecutive elements along the vector axis.
#pragma once

#include "ir/op_definition.h"

namespace anemone {

struct LookupRule {
  int64_t width = 1;     // elements an index stands for
  int axis = 0;          // along which they lie
  ConcreteShape result;  // shape of the dense result
};

// Checks the tables against indices of this shape and type. `indices_name` is for messages.
LookupRule lookup_rule(const Arguments& args, const ConcreteShape& indices, DType index_type,
                       std::string_view indices_name);

// The dense result, of the tables' element type. Every index lies inside its table: lookup_rule has checked that the
// tables are as long as the index type can count.
Tensor looked_up(const LookupRule& rule, const Tensor& indices, const Tensor& lut, int threads);
// Each element `width` times in a row along the axis.
Tensor repeated(const LookupRule& rule, const Tensor& mask);

}  // namespace anemone

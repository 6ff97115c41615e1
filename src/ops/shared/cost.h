// SPDX-License-Identifier: Apache-2.0
// Costs of ops that count floating point operations. Types whose dimensions are not all known count nothing.
#pragma once

#include "ir/op_definition.h"

namespace anemone {

// Elements of a tensor type, without overflow; 0 when a dimension is not known.
inline double elements(const Type& type) {
  double count = type.is_concrete() ? 1 : 0;
  for (const Dim& dim : type.shape) count *= dim.is_constant() ? static_cast<double>(dim.value()) : 0;
  return count;
}

// These operations, and every tensor argument read and output written once.
inline Cost cost_of(const Arguments& args, const std::vector<Type>& outputs, double flops) {
  const auto bytes = [](const Type& type) { return type.is_tensor() ? elements(type) * bit_width(type.dtype) / 8 : 0; };
  Cost cost{flops, 0};
  for (const Argument& argument : args.op().arguments) {
    for (size_t i = 0; i < argument.operands.size(); ++i) cost.bytes += bytes(args.type(argument.name, i));
  }
  for (const Type& output : outputs) cost.bytes += bytes(output);
  return cost;
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Ops that the compiler counts by elements read, not by bytes, and relu, which has a speed of its own.
#include "placement/estimate.h"

namespace anemone {
namespace {

double elements_read(const OpView& op) {
  double count = 0;
  for (const Argument& argument : op.op().arguments)
    for (const Operand& operand : argument.operands) {
      const Type& type = op.type_of(operand);
      if (type.is_tensor() && type.dtype != DType::kString) count += elements_of(type);
    }
  return count;
}

WorkFunction by_elements(const char* leaf) {
  return [leaf](const OpView& op) { return OpWork::everywhere({leaf, elements_read(op)}); };
}

// On the Neural Engine a gather with a constant index moves bytes; elsewhere it is believed to read its whole table.
OpWork gather(const OpView& op) {
  const Work table{"gather", elements_read(op)};
  return {{streamed(op)}, {table}, {table}};
}

OpWork joined(const OpView& op) {
  double count = 0;
  for (size_t i = 0; i < op.count("values"); ++i) count += elements_of(*op.input("values", i));
  return OpWork::everywhere({"concat", count});
}

}  // namespace

void register_estimate_elementwise(EstimateTable& table) {
  table.add({"relu"}, [](const OpView& op) { return OpWork::everywhere({"copy", streamed_bytes(op)}); });
  table.add({"add", "sub"}, by_elements("add"));
  table.add({"mul"}, by_elements("mul"));
  table.add({"gather"}, gather);
  table.add({"concat"}, joined);
}

}  // namespace anemone

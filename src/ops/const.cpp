// SPDX-License-Identifier: Apache-2.0
// const: its literal, whose type it has.
#include "ops/ops.h"

namespace anemone {

void register_op_const(OpTable& table) {
  OpDefinition op;
  op.name = "const";
  op.signatures = {signature(5, "val: any const")};
  op.infer = [](const Arguments& args) -> std::vector<Type> { return {args.literal("val").type()}; };
  op.evaluate = [](const Arguments& args, Results& results) {
    const Tensor* known = args.known("val");
    results.set(0, known ? *known : args.literal("val").tensor());
  };
  op.samples = {{{{"val", ints({2}, {3, -4})}}, {ints({2}, {3, -4})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// identity: x itself, whatever it is.
#include "ops/ops.h"

namespace anemone {

void register_op_identity(OpTable& table) {
  OpDefinition op;
  op.name = "identity";
  op.signatures = {signature(5, "x: any")};
  op.infer = [](const Arguments& args) -> std::vector<Type> { return {args.type("x")}; };
  op.evaluate = [](const Arguments& args, Results& results) { results.set(0, args.tensor("x")); };
  op.view_of = "x";
  op.samples = {{{{"x", floats({2}, {3, -4})}}, {floats({2}, {3, -4})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// constexpr_cast: an fp16 constant as fp32.
#include "base/error.h"
#include "ops/ops.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  if (args.text("output_dtype") != "fp32") fail("output_dtype is {}, expected fp32", args.text("output_dtype"));
  Type result = args.type("source_val");
  result.dtype = DType::kFloat32;
  return {result};
}

}  // namespace

void register_op_constexpr_cast(OpTable& table) {
  OpDefinition op;
  op.name = "constexpr_cast";
  const char* parameters = "source_val: fp16 const, output_dtype: string const";
  op.signatures = {signature(6, parameters), signature(8, parameters)};
  op.infer = infer;
  op.evaluate = [](const Arguments& args, Results& results) { results.set(0, args.tensor("source_val")); };
  op.samples = {{{{"source_val", floats({2}, {0.5F, -3}, DType::kFloat16)}, {"output_dtype", "fp32"}},
                 {floats({2}, {0.5F, -3})},
                 "by hand",
                 0,
                 0}};
  table.add(std::move(op));
}

}  // namespace anemone

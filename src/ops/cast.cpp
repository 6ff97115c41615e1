// SPDX-License-Identifier: Apache-2.0
// cast: x with another element type. Floats become integers towards zero (saturating), anything becomes bool by x != 0.
#include <algorithm>

#include "ops/ops.h"

namespace anemone {
namespace {

DType target(const Arguments& args) {
  std::string name = args.text("dtype");
  if (name == "float16") name = "fp16";
  if (name == "float32") name = "fp32";
  const auto dtype = dtype_from_name(name);
  using enum DType;
  std::vector<DType> allowed = {kFloat16, kFloat32, kInt32, kBool};
  if (args.opset() >= 7) allowed.insert(allowed.end(), {kInt8, kUInt8, kInt16, kUInt16});
  if (!dtype || std::find(allowed.begin(), allowed.end(), *dtype) == allowed.end())
    fail("cannot cast to {} in CoreML{}", name, args.opset());
  return *dtype;
}

std::vector<Type> infer(const Arguments& args) {
  Type result = args.type("x");
  result.dtype = target(args);
  return {result};
}

void run(const Arguments& args, Results& results) {
  results.set(0, converted(args.tensor("x"), compute_dtype(target(args))));
}

}  // namespace

void register_op_cast(OpTable& table) {
  OpDefinition op;
  op.name = "cast";
  op.signatures = {
      signature(5, "x: T=fp16|fp32|int32|bool, dtype: string const"),
      signature(7, "x: T=fp16|fp32|int8|uint8|int16|uint16|int32|bool, dtype: string const"),
  };
  op.infer = infer;
  op.evaluate = run;
  op.elementwise = true;
  const Arg x("x", floats({4}, {-2.7F, -0.4F, 0, 3.9F}));
  op.samples = {
      {{x, {"dtype", "int32"}}, {ints({4}, {-2, 0, 0, 3})}, "by hand", 0, 0},
      {{x, {"dtype", "bool"}}, {bools({4}, {true, true, false, true})}, "by hand", 0, 0},
      {{{"x", ints({2}, {-3, 7})}, {"dtype", "fp16"}}, {floats({2}, {-3, 7}, DType::kFloat16)}, "by hand", 0, 0},
  };
  table.add(std::move(op));
}

}  // namespace anemone

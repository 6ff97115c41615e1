// SPDX-License-Identifier: Apache-2.0
// classify: the label of the largest probability, and a dictionary from labels to probabilities. Its results are no
// tensors: the executor makes them.
#include "base/error.h"
#include "ops/ops.h"

namespace anemone {
namespace {

// coremltools declares the dictionary's values as fp64 though the op works in fp32; both are legal.
DType declared_probability(const Op& op) {
  if (op.outputs.size() != 2 || op.outputs[1].type.kind != Type::Kind::kDictionary) return DType::kFloat32;
  const Type& value = op.outputs[1].type.elements.at(1);
  return value.is_tensor() && value.dtype == DType::kFloat64 ? DType::kFloat64 : DType::kFloat32;
}

std::vector<Type> infer(const Arguments& args) {
  const Type& classes = args.type("classes");
  const Type& label = classes.kind == Type::Kind::kList ? classes.elements.at(0) : classes;
  if (!label.is_tensor() || (label.dtype != DType::kString && label.dtype != DType::kInt64))
    fail("classes is {}, expected strings or int64", classes.str());
  const Constant* list = args.constant("classes");
  const Type& probabilities = args.type("probabilities");
  if (list && classes.kind == Type::Kind::kList && probabilities.is_concrete()) {
    const auto count = static_cast<int64_t>(list->members().size());
    if (count != probabilities.element_count())
      fail("there are {} classes for {} probabilities", count, probabilities.element_count());
  }
  const Type key = Type::scalar(label.dtype);
  return {key, Type::dictionary(key, Type::scalar(declared_probability(args.op())))};
}

}  // namespace

void register_op_classify(OpTable& table) {
  OpDefinition op;
  op.name = "classify";
  op.signatures = {signature(5, "probabilities: fp32, classes: any const")};
  op.infer = infer;
  table.add(std::move(op));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// classify: the label of the largest probability, and a dictionary from labels to probabilities as doubles. Its results
// are no tensors: the executor makes them.
#include "base/error.h"
#include "ops/ops.h"

namespace anemone {
namespace {

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
  return {key, Type::dictionary(key, Type::scalar(DType::kFloat64))};
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

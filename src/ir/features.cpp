// SPDX-License-Identifier: Apache-2.0
// The default description of a function's inputs, outputs and states (coremltools backend/mil/load.py: which element
// types callers may see, scalars as [1], ranges for inputs and no shape for outputs that have unknown dimensions).
#include "base/error.h"
#include "ir/builder.h"
#include "ir/graph.h"

namespace anemone {
namespace {

bool visible(DType dtype, int opset) {
  return dtype == DType::kFloat32 || dtype == DType::kInt32 || (dtype == DType::kFloat16 && opset >= 6);
}

Feature array_feature(const Output& output, int opset) {
  Feature feature;
  feature.name = output.name;
  const Type& type = output.type.is_state() ? output.type.elements[0] : output.type;
  if (!type.is_tensor() || !visible(type.dtype, opset))
    fail("{}: callers of a CoreML{} model cannot be given {}", output.name, opset, type.str());
  feature.dtype = type.dtype;
  if (type.is_concrete()) feature.shape = type.rank() == 0 ? ConcreteShape{1} : type.concrete();
  return feature;
}

// A classifier gives a label and a dictionary from labels to probabilities besides arrays.
Feature output_feature(const Output& output, int opset) {
  Feature feature;
  feature.name = output.name;
  if (output.type.kind == Type::Kind::kDictionary) {
    feature.kind = Feature::Kind::kDictionary;
    feature.string_keys = output.type.elements.at(0).dtype == DType::kString;
    return feature;
  }
  if (output.type.is_tensor() && (output.type.dtype == DType::kString || output.type.dtype == DType::kInt64)) {
    feature.kind = output.type.dtype == DType::kString ? Feature::Kind::kString : Feature::Kind::kInt64;
    return feature;
  }
  return array_feature(output, opset);
}

// An input of unknown length takes any: default 1, no upper limit.
Feature input_feature(const Output& input, int opset) {
  Feature feature = array_feature(input, opset);
  if (input.type.is_state() || feature.shape || !input.type.ranked) return feature;
  feature.shape.emplace();
  for (const Dim& dim : input.type.shape) {
    const int64_t size = dim.is_constant() ? dim.value() : 1;
    feature.shape->push_back(size);
    feature.shape_ranges.push_back({size, dim.is_constant() ? size : -1});
  }
  return feature;
}

}  // namespace

void make_features(Function& function) {
  function.input_features.clear();
  function.output_features.clear();
  function.state_features.clear();
  for (const Output& input : function.inputs)
    (input.type.is_state() ? function.state_features : function.input_features)
        .push_back(input_feature(input, function.opset));
  const Graph graph(function);
  for (const ValueId id : function.body.outputs)
    if (!graph.type(id).is_state())
      function.output_features.push_back(output_feature(graph.output(id), function.opset));
}

}  // namespace anemone

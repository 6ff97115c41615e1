// SPDX-License-Identifier: Apache-2.0
// What the description may say about a function.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "ir/lexer.h"
#include "ir/verify_internal.h"

namespace anemone {
namespace {

bool fits(const ConcreteShape& shape, const Type& type) {
  if (!type.ranked) return true;
  if (type.rank() == 0) return shape.empty() || shape == ConcreteShape{1};
  if (shape.size() != type.shape.size()) return false;
  for (size_t i = 0; i < shape.size(); ++i)
    if (provably_different(type.shape[i], shape[i])) return false;
  return true;
}

void check_element_type(const Feature& feature, const Type& type, int opset) {
  const DType dtype = feature.dtype;
  if (dtype != type.dtype) fail("described as {}, but the function has {}", name_of(dtype), type.str());
  if (dtype == DType::kFloat16 && opset < 6) fail("fp16 needs CoreML6");
  if (dtype != DType::kFloat32 && dtype != DType::kFloat64 && dtype != DType::kInt32 && dtype != DType::kFloat16)
    fail("callers cannot be given {}", name_of(dtype));
}

void check_ranges(const Feature& feature, const Type& type) {
  if (type.ranked && feature.shape_ranges.size() != type.shape.size())
    fail("{} ranges for {}", feature.shape_ranges.size(), type.str());
  for (size_t i = 0; i < feature.shape_ranges.size(); ++i) {
    const auto& [lower, upper] = feature.shape_ranges[i];
    if (lower < 0 || (upper >= 0 && upper < lower)) fail("range [{}, {}] of dimension {} is empty", lower, upper, i);
    if (feature.shape && i < feature.shape->size()) {
      const int64_t size = (*feature.shape)[i];
      if (size < lower || (upper >= 0 && size > upper))
        fail("default size {} of dimension {} lies outside its range [{}, {}]", size, i, lower, upper);
    }
    if (!type.ranked || !type.shape[i].is_constant()) continue;
    const int64_t fixed = type.shape[i].value();
    if (lower != fixed || upper != fixed) fail("a range for dimension {}, which is always {}", i, fixed);
  }
}

void check_flexibility(const Feature& feature, const Type& type) {
  const auto& choices = feature.enumerated_shapes;
  if (!choices.empty() && !feature.shape_ranges.empty()) fail("both enumerated shapes and ranges");
  if (!choices.empty() && feature.shape && std::find(choices.begin(), choices.end(), *feature.shape) == choices.end())
    fail("the default shape {} is not one of the enumerated shapes", to_string(*feature.shape));
  for (const ConcreteShape& shape : choices)
    if (!fits(shape, type)) fail("the enumerated shape {} does not fit {}", to_string(shape), type.str());
  if (!feature.shape_ranges.empty()) check_ranges(feature, type);
}

void check_array(const Feature& feature, const Type& type, int opset, bool input) {
  if (!type.is_tensor()) fail("described as an array, but the function has {}", type.str());
  check_element_type(feature, type, opset);
  if (feature.shape) {
    for (const int64_t size : *feature.shape)
      if (size <= 0) fail("described shape {} has a size below 1", to_string(*feature.shape));
    if (!fits(*feature.shape, type)) fail("described shape {} does not fit {}", to_string(*feature.shape), type.str());
  }
  check_flexibility(feature, type);
  const bool flexible = !feature.enumerated_shapes.empty() || !feature.shape_ranges.empty();
  if (input && !feature.shape && !flexible) fail("the description gives no shape");
  if (input && !type.is_concrete() && !flexible) fail("{} needs enumerated shapes or ranges", type.str());
  if (feature.default_value && !feature.optional) fail("a default value, but not optional");
}

void check_image(const Feature& feature, const Type& type) {
  const int64_t channels = feature.color_space == 20 || feature.color_space == 30 ? 3 : 1;
  const bool shaped = type.is_tensor() && type.ranked && type.rank() == 4;
  if (!shaped || provably_different(type.shape[1], channels))
    fail("an image of {} channels cannot be {}", channels, type.str());
  if (feature.color_space == 0) fail("an image needs a color space");
  const Type size = Type::tensor(type.dtype, Shape{type.shape[2], type.shape[3]});
  if (feature.shape && !fits(*feature.shape, size))
    fail("described image size {} does not fit {}", to_string(*feature.shape), type.str());
}

void check_state(const Feature& feature, const Type& type) {
  if (!type.is_state()) fail("described as a state, but the function has {}", type.str());
  const Type& held = type.elements[0];
  if (feature.kind != Feature::Kind::kArray || feature.dtype != held.dtype || feature.shape != held.concrete())
    fail("the description differs from {}", type.str());
  if (!feature.enumerated_shapes.empty() || !feature.shape_ranges.empty() || feature.default_value)
    fail("a state has a fixed shape and no default value");
}

void check_feature(const Feature& feature, const Type& type, int opset, bool input) {
  if (feature.kind == Feature::Kind::kArray) return check_array(feature, type, opset, input);
  if (feature.kind == Feature::Kind::kImage) return check_image(feature, type);
  const bool dictionary = feature.kind == Feature::Kind::kDictionary;
  if (dictionary != (type.kind == Type::Kind::kDictionary) || type.is_state())
    fail("the description differs from {}", type.str());
}

// Each of the values is described once, and nothing else is.
template <typename Check>
void check_features(const std::string& what, const std::vector<Feature>& features,
                    const std::vector<const Output*>& values, Check check) {
  std::map<std::string, const Type*> types;
  for (const Output* value : values)
    if (!types.emplace(value->name, &value->type).second) fail("{} {} is listed twice", what, value->name);
  for (const Feature& feature : features)
    with_context(fmt::format("{} {}", what, feature.name), [&] {
      if (feature.name.empty()) fail("a described feature has no name");
      const auto found = types.find(feature.name);
      if (found == types.end()) fail("described, but the function has none of this name");
      if (!found->second) fail("described twice");
      check(feature, *found->second);
      found->second = nullptr;
    });
  for (const auto& [name, type] : types)
    if (type) fail("{} {}: not described", what, name);
}

void check_prediction(const Function& function, const std::string& name) {
  if (name.empty()) return;
  const auto& outputs = function.output_features;
  if (std::none_of(outputs.begin(), outputs.end(), [&](const Feature& feature) { return feature.name == name; }))
    fail("the predicted feature {} is not an output", name);
}

}  // namespace

void check_interface(const Function& function, const std::vector<const Output*>& outputs) {
  std::vector<const Output*> inputs;
  std::vector<const Output*> states;
  for (const Output& input : function.inputs) (input.type.is_state() ? states : inputs).push_back(&input);
  if (function.inputs.empty() && function.opset < 8) fail("a function without inputs needs CoreML8");
  if (outputs.empty()) fail("the function has no outputs");
  for (const Output* output : outputs)
    if (output->type.is_state()) fail("output {} is a state", output->name);
  const int opset = function.opset;
  check_features("input", function.input_features, inputs,
                 [&](const Feature& feature, const Type& type) { check_feature(feature, type, opset, true); });
  check_features("output", function.output_features, outputs,
                 [&](const Feature& feature, const Type& type) { check_feature(feature, type, opset, false); });
  check_features("state", function.state_features, states, check_state);
  check_prediction(function, function.predicted_feature_name);
  check_prediction(function, function.predicted_probabilities_name);
}

}  // namespace anemone

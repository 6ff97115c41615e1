// SPDX-License-Identifier: Apache-2.0
#include "runtime/interface.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/strings.h"
#include "runtime/image_input.h"

namespace anemone {
namespace {

const Feature* find_feature(const Function& function, const std::string& name) {
  for (const Feature& feature : function.input_features)
    if (feature.name == name) return &feature;
  return nullptr;
}

bool in_ranges(const ConcreteShape& shape, const std::vector<Feature::Range>& ranges) {
  if (shape.size() != ranges.size()) return false;
  for (size_t i = 0; i < shape.size(); ++i)
    if (shape[i] < ranges[i].lower || (ranges[i].upper >= 0 && shape[i] > ranges[i].upper)) return false;
  return true;
}

std::string described_shapes(const Feature& feature) {
  std::vector<std::string> texts;
  for (const ConcreteShape& shape : feature.enumerated_shapes) texts.push_back(to_string(shape));
  if (!texts.empty()) return any_of(texts);
  for (const Feature::Range& range : feature.shape_ranges)
    texts.push_back(range.upper == range.lower ? std::to_string(range.lower)
                    : range.upper < 0          ? fmt::format("{}..", range.lower)
                                               : fmt::format("{}..{}", range.lower, range.upper));
  return "[" + join(texts, ", ") + "]";
}

void check_flexibility(const Feature& feature, const ConcreteShape& shape) {
  if (feature.kind != Feature::Kind::kArray) return;
  const auto& listed = feature.enumerated_shapes;
  const bool fits = !listed.empty()                 ? std::find(listed.begin(), listed.end(), shape) != listed.end()
                    : !feature.shape_ranges.empty() ? in_ranges(shape, feature.shape_ranges)
                                                    : true;
  if (!fits) fail("input {} has shape {}, expected {}", feature.name, to_string(shape), described_shapes(feature));
}

// A scalar and an array of one element stand for each other.
Tensor fitted(const Output& input, const Tensor& value) {
  if (input.type.is_concrete() && value.size() == 1 && input.type.element_count() == 1 &&
      (value.rank() == 0 || input.type.rank() == 0))
    return value.reshaped(input.type.concrete());
  return value;
}

// Floats, or integers of another range, for an integer input: every value must be one that it can hold.
void check_values(const std::string& name, const Tensor& value, DType declared) {
  if (is_float(declared) || value.dtype() == declared) return;
  const bool truth = declared == DType::kBool;
  const int bits = bit_width(declared) - (is_signed(declared) ? 1 : 0);
  const double upper = truth ? 0 : std::ldexp(1.0, bits);  // exclusive
  const double lower = is_signed(declared) ? -upper : 0;
  const std::vector<double> values = to_doubles(value);
  for (size_t i = 0; i < values.size(); ++i) {
    const bool whole = std::isfinite(values[i]) && values[i] == std::trunc(values[i]);
    if (!whole || (!truth && (values[i] < lower || values[i] >= upper)))
      fail("input {}: element {} is {}, expected {} values", name, i, values[i], name_of(declared));
  }
}

Tensor in_compute_form(const Tensor& value, DType declared, Numerics numerics) {
  if (is_float(declared)) {
    const Tensor wide = converted(to_compute(value), DType::kFloat32);
    return keeps_float32(numerics) ? wide : to_compute(converted(wide, declared));
  }
  return to_compute(converted(value, declared));
}

Tensor from_image(const Feature& feature, const Tensor& value) {
  if (is_pixels(value)) return image_tensor(feature, value);
  if (value.rank() == 4) check_image_size(feature, value.shape()[2], value.shape()[3]);
  return value;
}

Tensor default_input(const Feature& feature) {
  if (!feature.shape || feature.kind != Feature::Kind::kArray)
    fail("input {} is missing and has no default", feature.name);
  Tensor tensor(DType::kFloat32, *feature.shape);
  std::fill(tensor.as<float>().begin(), tensor.as<float>().end(),
            static_cast<float>(feature.default_value.value_or(0)));
  return tensor;
}

}  // namespace

void check_names(const Function& function, const TensorMap& given) {
  std::vector<std::string> names;
  for (const Output& input : function.inputs)
    if (!input.type.is_state()) names.push_back(input.name);
  for (const auto& entry : given)
    if (std::find(names.begin(), names.end(), entry.first) == names.end())
      fail("there is no input {} (inputs: {})", entry.first, join(names, ", "));
}

TensorMap adapt_inputs(const Function& function, const TensorMap& given, Numerics numerics) {
  TensorMap adapted;
  for (const Output& input : function.inputs) {
    if (input.type.is_state()) continue;
    const Feature* feature = find_feature(function, input.name);
    const auto found = given.find(input.name);
    if (found == given.end() && !(feature && feature->optional))
      fail("input {} is missing: expected {}", input.name, input.type.str());
    Tensor value = fitted(input, found == given.end() ? default_input(*feature) : found->second);
    if (feature && feature->kind == Feature::Kind::kImage) value = from_image(*feature, value);
    if (feature) check_flexibility(*feature, value.shape());
    if (!compatible(input.type, Type::tensor(input.type.dtype, value.shape())))
      fail("input {} has shape {}, expected {}", input.name, to_string(value.shape()), input.type.str());
    check_values(input.name, value, input.type.dtype);
    adapted[input.name] = in_compute_form(value, input.type.dtype, numerics);
  }
  check_names(function, given);
  return adapted;
}

Tensor handed_out(const Tensor& value, const Type& declared, Numerics numerics) {
  if (!declared.is_tensor() || is_float(declared.dtype))
    return keeps_float32(numerics) || !declared.is_tensor() ? value : converted(value, declared.dtype);
  return converted(value, declared.dtype);
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "anemone/model.h"

#include <cstring>

#include "base/error.h"
#include "runtime/session.h"

namespace anemone {
namespace {

constexpr std::pair<ElementType, DType> kTypes[] = {
    {ElementType::kBool, DType::kBool},       {ElementType::kInt8, DType::kInt8},
    {ElementType::kInt16, DType::kInt16},     {ElementType::kInt32, DType::kInt32},
    {ElementType::kInt64, DType::kInt64},     {ElementType::kUInt8, DType::kUInt8},
    {ElementType::kUInt16, DType::kUInt16},   {ElementType::kUInt32, DType::kUInt32},
    {ElementType::kUInt64, DType::kUInt64},   {ElementType::kFloat16, DType::kFloat16},
    {ElementType::kFloat32, DType::kFloat32}, {ElementType::kFloat64, DType::kFloat64}};

DType dtype_of(ElementType type) {
  for (const auto& [element, dtype] : kTypes)
    if (element == type) return dtype;
  fail("unknown element type");
}

ElementType element_of(DType dtype) {
  for (const auto& [element, candidate] : kTypes)
    if (candidate == dtype) return element;
  fail("arrays of {} cannot be handed out", name_of(dtype));
}

Tensor to_tensor(const Array& array) {
  Tensor tensor(dtype_of(array.type), array.shape);
  if (tensor.byte_size() != array.data.size())
    fail("an array of shape {} holds {} bytes, expected {}", to_string(array.shape), array.data.size(),
         tensor.byte_size());
  if (!array.data.empty()) std::memcpy(tensor.bytes(), array.data.data(), array.data.size());
  return tensor;
}

Array to_array(const Tensor& tensor) {
  return {element_of(tensor.dtype()), tensor.shape(), {tensor.bytes(), tensor.bytes() + tensor.byte_size()}};
}

template <typename T>
Array array_of(ElementType type, std::vector<int64_t> shape, const std::vector<T>& values) {
  if (product(shape) != static_cast<int64_t>(values.size()))
    fail("{} values for shape {}", values.size(), to_string(shape));
  Array array{type, std::move(shape), std::vector<std::byte>(values.size() * sizeof(T))};
  if (!values.empty()) std::memcpy(array.data.data(), values.data(), array.data.size());
  return array;
}

std::vector<std::string> names_of(const std::vector<Feature>& features) {
  std::vector<std::string> names;
  for (const Feature& feature : features) names.push_back(feature.name);
  return names;
}

}  // namespace

Array Array::of(std::vector<int64_t> shape, const std::vector<float>& values) {
  return array_of(ElementType::kFloat32, std::move(shape), values);
}

Array Array::of(std::vector<int64_t> shape, const std::vector<int32_t>& values) {
  return array_of(ElementType::kInt32, std::move(shape), values);
}

std::vector<float> Array::floats() const {
  const Tensor values = converted(to_tensor(*this), DType::kFloat32);
  return {values.as<float>().begin(), values.as<float>().end()};
}

struct Model::Impl {
  Session session;
  TensorMap states;
};

Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::~Model() = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;

Model Model::open(const std::string& path, const ModelOptions& options) {
  RunOptions run;
  run.numerics = options.round_to_half ? Numerics::kIeeeHalf : Numerics::kFloat32;
  run.threads = options.threads;
  return Model(std::unique_ptr<Impl>(new Impl{Session::open(path, run), {}}));
}

std::vector<std::string> Model::inputs() const { return names_of(impl_->session.program().main().input_features); }
std::vector<std::string> Model::outputs() const { return names_of(impl_->session.program().main().output_features); }

std::map<std::string, Array> Model::run(const std::map<std::string, Array>& inputs) {
  TensorMap tensors;
  for (const auto& [name, array] : inputs) tensors[name] = to_tensor(array);
  std::map<std::string, Array> outputs;
  for (const auto& [name, value] : impl_->session.run(tensors, impl_->states)) {
    if (value.kind != RuntimeValue::Kind::kTensor)
      fail("output {} is no array: labels cannot be handed out here", name);
    outputs[name] = to_array(value.tensor);
  }
  return outputs;
}

void Model::reset_states() { impl_->states.clear(); }

}  // namespace anemone

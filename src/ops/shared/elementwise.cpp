// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/elementwise.h"

#include "base/half.h"
#include "ops/shared/batch.h"

namespace anemone {

ConcreteShape broadcast_shape(const std::vector<const Tensor*>& operands) {
  ConcreteShape shape;
  for (const Tensor* operand : operands) shape = broadcast_batch(shape, operand->shape());
  return shape;
}

Type broadcast_type(const std::vector<const Type*>& operands, DType dtype) {
  Shape shape;
  for (const Type* operand : operands) {
    if (!operand->ranked) return Type::unranked(dtype);
    shape = broadcast_batch(shape, operand->shape);
  }
  return Type::tensor(dtype, std::move(shape));
}

BroadcastAxes::BroadcastAxes(const ConcreteShape& result, const std::vector<const Tensor*>& operands) {
  std::vector<int64_t> dense(operands.size(), 1);  // elements of each operand behind the axis
  for (size_t back = 0; back < result.size(); ++back) {
    const int64_t size = result[result.size() - 1 - back];
    std::vector<int64_t> strides(operands.size(), 0);
    for (size_t k = 0; k < operands.size(); ++k) {
      const ConcreteShape& shape = operands[k]->shape();
      const int64_t own = back < shape.size() ? shape[shape.size() - 1 - back] : 1;
      if (own != 1) strides[k] = dense[k];
      dense[k] *= own;
    }
    if (size == 1) continue;
    bool merges = !sizes_.empty();
    for (size_t k = 0; k < operands.size() && merges; ++k) merges = strides[k] == strides_.back()[k] * sizes_.back();
    if (merges) {
      sizes_.back() *= size;
    } else {
      sizes_.push_back(size);
      strides_.push_back(std::move(strides));
    }
  }
  if (sizes_.empty()) {
    sizes_.push_back(1);
    strides_.emplace_back(operands.size(), 0);
  }
  std::reverse(sizes_.begin(), sizes_.end());
  std::reverse(strides_.begin(), strides_.end());
  for (size_t axis = 0; axis + 1 < sizes_.size(); ++axis) rows_ *= sizes_[axis];
}

int64_t BroadcastAxes::offset(size_t operand, int64_t row) const {
  int64_t offset = 0;
  for (size_t axis = sizes_.size() - 1; axis-- > 0;) {
    offset += row % sizes_[axis] * strides_[axis][operand];
    row /= sizes_[axis];
  }
  return offset;
}

std::vector<Signature> parametric_signatures(const std::vector<std::string>& parameters, const std::string& suffix) {
  std::string same = "x: T=fp16|fp32";
  std::string own = same;
  for (size_t i = 0; i < parameters.size(); ++i) {
    same += ", " + parameters[i] + ": T" + suffix;
    own += ", " + parameters[i] + (i == 0 ? ": U=fp16|fp32" : ": U") + suffix;
  }
  return {signature(5, same), signature(7, own)};
}

float float_parameter(const Arguments& args, std::string_view name, std::string_view typed_like) {
  const auto value = static_cast<float>(args.number(name));
  if (args.has(name) || args.type(typed_like).dtype != DType::kFloat16) return value;
  return half_to_float(float_to_half(value));
}

void expect_scalar(const Arguments& args, std::string_view name) {
  const Type& type = args.type(name);
  if (type.is_concrete() && type.element_count() != 1) fail("{} is {}, expected a scalar", name, type.str());
}

}  // namespace anemone

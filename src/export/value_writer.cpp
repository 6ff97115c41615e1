// SPDX-License-Identifier: Apache-2.0
#include "export/value_writer.h"

#include <algorithm>

#include "base/error.h"

namespace anemone {
namespace {

namespace mil = proto::mil;

void write_dimension(const Dim& dim, mil::Dimension& to) {
  if (dim.is_constant())
    to.mutable_constant()->set_size(static_cast<uint64_t>(dim.value()));
  else
    to.mutable_unknown();
}

void write_tensor_type(const Type& type, mil::TensorType& to) {
  to.set_datatype(static_cast<int>(type.dtype));
  if (!type.ranked) {
    to.set_rank(-1);
    to.add_dimensions()->mutable_unknown()->set_variadic(true);
    return;
  }
  to.set_rank(type.rank());
  for (const Dim& dim : type.shape) write_dimension(dim, *to.add_dimensions());
}

template <typename T, typename Field>
void append(const Tensor& tensor, Field* field) {
  for (const T value : tensor.as<T>()) field->Add(value);
}

void write_tensor(const Constant& constant, mil::TensorValue& to) {
  if (constant.type().dtype == DType::kString) {
    auto* strings = to.mutable_strings();
    for (const std::string& text : constant.strings()) strings->add_values(text);
    return;
  }
  const Tensor tensor = constant.stored();
  switch (tensor.dtype()) {
    case DType::kFloat32:
      append<float>(tensor, to.mutable_floats()->mutable_values());
      break;
    case DType::kFloat64:
      append<double>(tensor, to.mutable_doubles()->mutable_values());
      break;
    case DType::kBool:
      append<bool>(tensor, to.mutable_bools()->mutable_values());
      break;
    case DType::kInt32:
      append<int32_t>(tensor, to.mutable_ints()->mutable_values());
      break;
    case DType::kInt16:
      append<int16_t>(tensor, to.mutable_ints()->mutable_values());
      break;
    case DType::kUInt16:
      append<uint16_t>(tensor, to.mutable_ints()->mutable_values());
      break;
    case DType::kInt64:
      append<int64_t>(tensor, to.mutable_longints()->mutable_values());
      break;
    case DType::kUInt64:
      for (const uint64_t value : tensor.as<uint64_t>()) to.mutable_longints()->add_values(static_cast<int64_t>(value));
      break;
    default:
      to.mutable_bytes()->set_values(std::string(reinterpret_cast<const char*>(tensor.bytes()), tensor.byte_size()));
  }
}

void write_members(const Constant& constant, int opset, const BlobStore& blobs, mil::Value::ImmediateValue& to) {
  const auto& members = constant.members();
  switch (constant.type().kind) {
    case Type::Kind::kList:
      to.mutable_list();
      for (const Constant& member : members) *to.mutable_list()->add_values() = write_value(member, opset, blobs);
      break;
    case Type::Kind::kTuple:
      to.mutable_tuple();
      for (const Constant& member : members) *to.mutable_tuple()->add_values() = write_value(member, opset, blobs);
      break;
    default:
      to.mutable_dictionary();
      for (size_t i = 0; i + 1 < members.size(); i += 2) {
        auto* pair = to.mutable_dictionary()->add_values();
        *pair->mutable_key() = write_value(members[i], opset, blobs);
        *pair->mutable_value() = write_value(members[i + 1], opset, blobs);
      }
  }
}

}  // namespace

mil::ValueType write_type(const Type& type) {
  mil::ValueType to;
  switch (type.kind) {
    case Type::Kind::kTensor:
      write_tensor_type(type, *to.mutable_tensortype());
      break;
    case Type::Kind::kList:
      *to.mutable_listtype()->mutable_type() = write_type(type.elements[0]);
      write_dimension(type.length, *to.mutable_listtype()->mutable_length());
      break;
    case Type::Kind::kTuple:
      to.mutable_tupletype();
      for (const Type& element : type.elements) *to.mutable_tupletype()->add_types() = write_type(element);
      break;
    case Type::Kind::kDictionary:
      *to.mutable_dictionarytype()->mutable_keytype() = write_type(type.elements[0]);
      *to.mutable_dictionarytype()->mutable_valuetype() = write_type(type.elements[1]);
      break;
    case Type::Kind::kState:
      *to.mutable_statetype()->mutable_wrappedtype() = write_type(type.elements[0]);
      break;
  }
  return to;
}

bool belongs_in_weight_file(const Type& type, int opset) {
  if (!type.is_tensor() || type.element_count() < 10) return false;
  switch (type.dtype) {
    case DType::kFloat16:
    case DType::kFloat32:
    case DType::kInt8:
    case DType::kUInt8:
      return true;
    case DType::kInt16:
    case DType::kUInt16:
    case DType::kInt32:
    case DType::kUInt32:
      return opset >= 8;
    default:
      return is_sub_byte(type.dtype);
  }
}

mil::Value write_value(const Constant& constant, int opset, const BlobStore& blobs) {
  mil::Value to;
  *to.mutable_type() = write_type(constant.type());
  if (blobs && belongs_in_weight_file(constant.type(), opset)) {
    to.mutable_blobfilevalue()->set_filename(kWeightFile);
    to.mutable_blobfilevalue()->set_offset(blobs(constant));
  } else if (constant.type().is_tensor()) {
    write_tensor(constant, *to.mutable_immediatevalue()->mutable_tensor());
  } else {
    write_members(constant, opset, blobs, *to.mutable_immediatevalue());
  }
  return to;
}

mil::Value write_text(const std::string& text) {
  return write_value(Constant::text(text), kOldestOpset, [](const Constant&) -> uint64_t { return 0; });
}

}  // namespace anemone

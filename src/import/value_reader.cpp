// SPDX-License-Identifier: Apache-2.0
// Types and constants of MIL messages.
#include <algorithm>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "import/program_reader.h"

namespace anemone {
namespace {

namespace mil = proto::mil;

Dim read_dimension(const mil::Dimension& dimension) {
  if (dimension.has_unknown()) return Dim::unknown();
  if (!dimension.has_constant()) fail("a dimension is neither constant nor unknown");
  if (dimension.constant().size() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    fail("dimension {} is negative or too large", static_cast<int64_t>(dimension.constant().size()));
  return static_cast<int64_t>(dimension.constant().size());
}

Type read_tensor_type(const mil::TensorType& type) {
  const auto dtype = dtype_from_number(type.datatype());
  if (!dtype) fail("element type {} is unknown", type.datatype());
  if (type.attributes_size()) fail("tensor type attributes are not supported");
  const bool variadic = std::any_of(type.dimensions().begin(), type.dimensions().end(),
                                    [](const mil::Dimension& d) { return d.has_unknown() && d.unknown().variadic(); });
  if (type.rank() < 0 || variadic) return Type::unranked(*dtype);
  if (type.rank() != type.dimensions_size()) fail("rank {} with {} dimensions", type.rank(), type.dimensions_size());
  Shape shape;
  for (const auto& dimension : type.dimensions()) shape.push_back(read_dimension(dimension));
  return Type::tensor(*dtype, std::move(shape));
}

// The values of a repeated field as elements of T.
template <typename T, typename Values>
Tensor tensor_of(const Type& type, const Values& values) {
  const int64_t count = type.element_count();
  if (count != values.size())
    fail("constant of type {} holds {} values, expected {}", type.str(), values.size(), count);
  Tensor tensor(type.dtype, type.concrete());
  std::transform(values.begin(), values.end(), tensor.as<T>().begin(),
                 [](auto value) { return static_cast<T>(value); });
  return tensor;
}

Tensor tensor_of_integers(const Type& type, const google::protobuf::RepeatedField<int32_t>& values) {
  switch (type.dtype) {
    case DType::kInt8:
      return tensor_of<int8_t>(type, values);
    case DType::kInt16:
      return tensor_of<int16_t>(type, values);
    case DType::kInt32:
      return tensor_of<int32_t>(type, values);
    case DType::kUInt8:
      return tensor_of<uint8_t>(type, values);
    case DType::kUInt16:
      return tensor_of<uint16_t>(type, values);
    case DType::kUInt32:
      return tensor_of<uint32_t>(type, values);
    default:
      fail("constant of type {} cannot be held as 32-bit integers", type.str());
  }
}

Tensor tensor_of_bytes(const Type& type, const std::string& bytes) {
  if (type.dtype == DType::kString || type.dtype == DType::kBool) fail("constant of type {} held as bytes", type.str());
  const auto size = byte_size(type.dtype, type.element_count());
  if (!size || static_cast<size_t>(*size) != bytes.size())
    fail("constant of type {} holds {} bytes", type.str(), bytes.size());
  Tensor tensor(type.dtype, type.concrete());
  std::memcpy(tensor.bytes(), bytes.data(), bytes.size());
  return tensor;
}

Constant read_tensor(const Type& type, const mil::TensorValue& value) {
  const auto require = [&](DType dtype) {
    if (type.dtype != dtype) fail("constant of type {} is held as {}", type.str(), name_of(dtype));
  };
  switch (value.value_case()) {
    case mil::TensorValue::kFloats:
      require(DType::kFloat32);
      return Constant(tensor_of<float>(type, value.floats().values()));
    case mil::TensorValue::kDoubles:
      require(DType::kFloat64);
      return Constant(tensor_of<double>(type, value.doubles().values()));
    case mil::TensorValue::kBools:
      require(DType::kBool);
      return Constant(tensor_of<bool>(type, value.bools().values()));
    case mil::TensorValue::kInts:
      return Constant(tensor_of_integers(type, value.ints().values()));
    case mil::TensorValue::kLongInts:
      if (type.dtype == DType::kUInt64) return Constant(tensor_of<uint64_t>(type, value.longints().values()));
      require(DType::kInt64);
      return Constant(tensor_of<int64_t>(type, value.longints().values()));
    case mil::TensorValue::kBytes:
      return Constant(tensor_of_bytes(type, value.bytes().values()));
    case mil::TensorValue::kStrings: {
      require(DType::kString);
      const auto& strings = value.strings().values();
      return Constant::texts({strings.begin(), strings.end()}, type.concrete());
    }
    case mil::TensorValue::VALUE_NOT_SET:
      break;
  }
  if (type.element_count() != 0) fail("constant of type {} holds no values", type.str());
  return type.dtype == DType::kString ? Constant::texts({}, type.concrete())
                                      : Constant(Tensor(type.dtype, type.concrete()));
}

Constant read_immediate(const Type& type, const mil::Value::ImmediateValue& value, const BlobLookup& blobs) {
  std::vector<Constant> members;
  switch (value.value_case()) {
    case mil::Value::ImmediateValue::kTensor:
      if (!type.is_tensor()) fail("a tensor stands for {}", type.str());
      if (!type.is_concrete()) fail("a constant has the unknown shape {}", type.str());
      return read_tensor(type, value.tensor());
    case mil::Value::ImmediateValue::kList:
      if (type.kind != Type::Kind::kList) fail("a list stands for {}", type.str());
      for (const auto& member : value.list().values()) members.push_back(read_value(member, blobs));
      break;
    case mil::Value::ImmediateValue::kTuple:
      if (type.kind != Type::Kind::kTuple) fail("a tuple stands for {}", type.str());
      for (const auto& member : value.tuple().values()) members.push_back(read_value(member, blobs));
      break;
    case mil::Value::ImmediateValue::kDictionary:
      if (type.kind != Type::Kind::kDictionary) fail("a dictionary stands for {}", type.str());
      for (const auto& pair : value.dictionary().values()) {
        members.push_back(read_value(pair.key(), blobs));
        members.push_back(read_value(pair.value(), blobs));
      }
      break;
    case mil::Value::ImmediateValue::VALUE_NOT_SET:
      fail("a constant of type {} has no value", type.str());
  }
  return Constant::aggregate(type, std::move(members));
}

}  // namespace

Type read_type(const mil::ValueType& type) {
  switch (type.type_case()) {
    case mil::ValueType::kTensorType:
      return read_tensor_type(type.tensortype());
    case mil::ValueType::kListType:
      return Type::list(read_type(type.listtype().type()),
                        type.listtype().has_length() ? read_dimension(type.listtype().length()) : Dim::unknown());
    case mil::ValueType::kTupleType: {
      std::vector<Type> elements;
      for (const auto& element : type.tupletype().types()) elements.push_back(read_type(element));
      return Type::tuple(std::move(elements));
    }
    case mil::ValueType::kDictionaryType:
      return Type::dictionary(read_type(type.dictionarytype().keytype()), read_type(type.dictionarytype().valuetype()));
    case mil::ValueType::kStateType:
      return Type::state(read_type(type.statetype().wrappedtype()));
    case mil::ValueType::TYPE_NOT_SET:
      break;
  }
  fail("a value has no type");
}

Constant read_value(const mil::Value& value, const BlobLookup& blobs) {
  const Type type = read_type(value.type());
  if (value.has_immediatevalue()) return read_immediate(type, value.immediatevalue(), blobs);
  if (!value.has_blobfilevalue()) fail("a constant of type {} has no value", type.str());
  if (!type.is_concrete()) fail("a constant has the unknown shape {}", type.str());
  return blobs(value.blobfilevalue().filename(), value.blobfilevalue().offset(), type);
}

}  // namespace anemone

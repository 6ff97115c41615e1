// SPDX-License-Identifier: Apache-2.0
#include "formats/torch_tensor.h"

#include <algorithm>

#include "base/error.h"
#include "formats/shape.h"

namespace anemone {
namespace {

using Kind = Pickle::Kind;
using Value = Pickle::Value;

struct ElementType {
  std::string_view name;
  std::string_view storage;  // empty: stored as UntypedStorage only
  uint64_t size;
  std::optional<DType> dtype;
};

constexpr ElementType kElementTypes[] = {
    {"torch.float32", "torch.FloatStorage", 4, DType::kFloat32},
    {"torch.float16", "torch.HalfStorage", 2, DType::kFloat16},
    {"torch.bfloat16", "torch.BFloat16Storage", 2, DType::kBFloat16},
    {"torch.float64", "torch.DoubleStorage", 8, DType::kFloat64},
    {"torch.int64", "torch.LongStorage", 8, DType::kInt64},
    {"torch.int32", "torch.IntStorage", 4, DType::kInt32},
    {"torch.int16", "torch.ShortStorage", 2, DType::kInt16},
    {"torch.int8", "torch.CharStorage", 1, DType::kInt8},
    {"torch.uint8", "torch.ByteStorage", 1, DType::kUInt8},
    {"torch.bool", "torch.BoolStorage", 1, DType::kBool},
    {"torch.uint16", "", 2, DType::kUInt16},
    {"torch.uint32", "", 4, DType::kUInt32},
    {"torch.uint64", "", 8, DType::kUInt64},
    {"torch.float8_e4m3fn", "", 1, DType::kFloat8E4M3FN},
    {"torch.float8_e5m2", "", 1, DType::kFloat8E5M2},
    {"torch.float8_e4m3fnuz", "", 1, std::nullopt},
    {"torch.float8_e5m2fnuz", "", 1, std::nullopt},
    {"torch.complex64", "torch.ComplexFloatStorage", 8, std::nullopt},
    {"torch.complex128", "torch.ComplexDoubleStorage", 16, std::nullopt},
};

constexpr std::string_view kUntyped = "torch.storage.UntypedStorage";
constexpr std::string_view kTensor = "torch._utils._rebuild_tensor";
constexpr std::string_view kTensor2 = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kTensor3 = "torch._utils._rebuild_tensor_v3";
constexpr std::string_view kParameter = "torch._utils._rebuild_parameter";
constexpr std::string_view kParameterWithState = "torch._utils._rebuild_parameter_with_state";
constexpr std::string_view kFromType = "torch._tensor._rebuild_from_type_v2";

const Value& item(const Pickle& pickle, const Value& tuple, size_t index, Kind kind, const char* what) {
  if (tuple.kind != Kind::kTuple || index >= tuple.items.size() || pickle[tuple.items[index]].kind != kind)
    fail("{} is damaged", what);
  return pickle[tuple.items[index]];
}

const ElementType* find_type(std::string_view name, std::string_view ElementType::*member) {
  const auto* found = std::find_if(std::begin(kElementTypes), std::end(kElementTypes),
                                   [&](const ElementType& type) { return type.*member == name; });
  return found == std::end(kElementTypes) ? nullptr : found;
}

std::vector<int64_t> sizes(const Pickle& pickle, const Value& arguments, size_t index) {
  const Value& tuple = item(pickle, arguments, index, Kind::kTuple, "the shape of a tensor");
  constexpr size_t kHighestRank = 64;
  if (tuple.items.size() > kHighestRank) fail("a tensor has {} dimensions", tuple.items.size());
  std::vector<int64_t> numbers;
  for (size_t i = 0; i < tuple.items.size(); ++i)
    numbers.push_back(item(pickle, tuple, i, Kind::kInteger, "the shape of a tensor").integer);
  return numbers;
}

bool is_row_major(const TorchTensor& tensor) {
  int64_t stride = 1;
  for (size_t axis = tensor.shape.size(); axis-- > 0;) {
    if (tensor.shape[axis] != 1 && tensor.strides[axis] != stride) return false;
    stride *= tensor.shape[axis];
  }
  return true;
}

// Sets offset and size in bytes, and drops the strides where they say nothing.
void place(TorchTensor& tensor, int64_t offset) {
  const auto count = element_count(tensor.shape);
  if (!count || tensor.strides.size() != tensor.shape.size() || offset < 0)
    fail("shape {} with strides {} is not possible", shape_text(tensor.shape), shape_text(tensor.strides));
  if (*count == 0) return tensor.strides.clear();
  const uint64_t elements = tensor.storage.view_elements * tensor.storage.element_size / tensor.element_size;
  auto last = static_cast<uint64_t>(offset);
  for (size_t axis = 0; axis < tensor.shape.size() && last < elements; ++axis) {
    const auto steps = static_cast<uint64_t>(tensor.shape[axis] - 1);
    if (tensor.strides[axis] < 0) fail("strides {} run backwards", shape_text(tensor.strides));
    const auto stride = static_cast<uint64_t>(tensor.strides[axis]);
    last = steps > 0 && stride > (elements - last) / steps ? elements : last + steps * stride;
  }
  if (last >= elements)
    fail("shape {} with strides {} at {} leaves its storage of {} elements", shape_text(tensor.shape),
         shape_text(tensor.strides), offset, elements);
  const uint64_t begin = static_cast<uint64_t>(offset) * tensor.element_size;
  tensor.offset = tensor.storage.view_begin * tensor.storage.element_size + begin;
  tensor.size = (last + 1) * tensor.element_size - begin;
  if (is_row_major(tensor)) tensor.strides.clear();
}

// (storage, offset, shape, strides, ...); the third form names the element type besides.
TorchTensor rebuilt(const Pickle& pickle, const Value& arguments, bool typed) {
  constexpr size_t kTypeIndex = 6;
  TorchTensor tensor;
  const char* what = "a tensor";
  tensor.storage = read_torch_storage(pickle, item(pickle, arguments, 0, Kind::kPersistent, what));
  const ElementType* type =
      typed ? find_type(item(pickle, arguments, kTypeIndex, Kind::kGlobal, what).text, &ElementType::name)
            : find_type(tensor.storage.type, &ElementType::storage);
  if (!type) fail("a tensor has no element type");
  tensor.type_name = type->name;
  tensor.dtype = type->dtype;
  tensor.element_size = type->size;
  tensor.shape = sizes(pickle, arguments, 2);
  tensor.strides = sizes(pickle, arguments, 3);
  place(tensor, item(pickle, arguments, 1, Kind::kInteger, what).integer);
  return tensor;
}

std::string_view callee(const Pickle& pickle, const Value& call) { return pickle[call.items[0]].text; }

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::span<const std::string_view> known_torch_names() {
  static const std::vector<std::string_view> kNames = [] {
    std::vector<std::string_view> names = {kUntyped,       kTensor,
                                           kTensor2,       kTensor3,
                                           kParameter,     kParameterWithState,
                                           kFromType,      "torch.nn.parameter.Parameter",
                                           "torch.Tensor", "torch.Size",
                                           "torch.device"};
    for (const ElementType& type : kElementTypes) {
      names.push_back(type.name);
      if (!type.storage.empty()) names.push_back(type.storage);
    }
    return names;
  }();
  return kNames;
}

TorchStorage read_torch_storage(const Pickle& pickle, const Value& persistent) {
  constexpr uint64_t kMostElements = uint64_t{1} << 58;
  const char* what = "the id of a storage";
  const Value& id = pickle[persistent.items.front()];
  if (item(pickle, id, 0, Kind::kText, what).text != "storage") fail("{} is damaged", what);
  TorchStorage storage;
  storage.type = item(pickle, id, 1, Kind::kGlobal, what).text;
  storage.key = item(pickle, id, 2, Kind::kText, what).text;
  storage.elements = static_cast<uint64_t>(item(pickle, id, 4, Kind::kInteger, what).integer);
  if (storage.elements > kMostElements) fail("{} is damaged", what);
  storage.view_elements = storage.elements;
  const ElementType* type = find_type(storage.type, &ElementType::storage);
  if (!type && storage.type != kUntyped) fail("{} names {} as its type", what, storage.type);
  storage.element_size = type ? type->size : 1;
  if (id.items.size() > 5 && pickle[id.items[5]].kind != Kind::kNone) {  // (key, first element, elements)
    const Value& view = item(pickle, id, 5, Kind::kTuple, what);
    storage.view_begin = static_cast<uint64_t>(item(pickle, view, 1, Kind::kInteger, what).integer);
    storage.view_elements = static_cast<uint64_t>(item(pickle, view, 2, Kind::kInteger, what).integer);
    if (storage.view_begin > storage.elements || storage.view_elements > storage.elements - storage.view_begin)
      fail("{} is damaged", what);
  }
  return storage;
}

bool is_torch_tensor(const Pickle& pickle, const Value& value) {
  return value.kind == Kind::kCall &&
         is_one_of(callee(pickle, value), {kTensor, kTensor2, kTensor3, kParameter, kParameterWithState, kFromType});
}

std::optional<TorchTensor> read_torch_tensor(const Pickle& pickle, const Value& value) {
  const Value* call = &value;
  if (call->kind != Kind::kCall) return std::nullopt;
  if (is_one_of(callee(pickle, *call), {kParameter, kParameterWithState}))
    call = &item(pickle, pickle[call->items[1]], 0, Kind::kCall, "a parameter");
  const std::string_view function = callee(pickle, *call);
  const Value& arguments = pickle[call->items[1]];
  if (is_one_of(function, {kTensor, kTensor2, kTensor3})) return rebuilt(pickle, arguments, function == kTensor3);
  if (function != kFromType) return std::nullopt;
  // (function, class, arguments, attributes)
  const std::string_view inner = item(pickle, arguments, 0, Kind::kGlobal, "a tensor").text;
  if (!is_one_of(inner, {kTensor2, kTensor3})) return std::nullopt;
  return rebuilt(pickle, item(pickle, arguments, 2, Kind::kTuple, "a tensor"), inner == kTensor3);
}

}  // namespace anemone

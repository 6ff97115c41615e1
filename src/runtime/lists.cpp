// SPDX-License-Identifier: Apache-2.0
#include "runtime/lists.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace anemone {
namespace {

using List = std::vector<Tensor>;  // a tensor without dimensions and data (Tensor()) was never written

bool is_written(const Tensor& element) { return !(element.empty() && element.rank() == 0); }

// The shape of an element that was never written: the declared one, else that of any written element.
ConcreteShape blank_shape(const List& list, const Type& element) {
  if (element.is_concrete()) return element.concrete();
  const auto written = std::find_if(list.begin(), list.end(), is_written);
  if (written == list.end()) fail("an element of unknown shape ({}) is read before it is written", element.str());
  return written->shape();
}

Tensor element_at(const List& list, int64_t index, const Type& element) {
  if (index < 0) fail("index {} is below 0", index);
  if (index < static_cast<int64_t>(list.size()) && is_written(list[static_cast<size_t>(index)]))
    return list[static_cast<size_t>(index)];
  Tensor zeros(compute_dtype(element.dtype), blank_shape(list, element));
  if (zeros.byte_size()) std::memset(zeros.bytes(), 0, zeros.byte_size());
  return zeros;
}

// Part `index` of a tensor along its first axis, or all of it when `index` is negative, in memory of its own.
Tensor copied(const Tensor& from, int64_t index = -1) {
  if (index < 0) {
    Tensor copy(from.dtype(), from.shape());
    if (copy.byte_size()) std::memcpy(copy.bytes(), from.bytes(), copy.byte_size());
    return copy;
  }
  Tensor copy(from.dtype(), ConcreteShape(from.shape().begin() + 1, from.shape().end()));
  if (copy.byte_size())
    std::memcpy(copy.bytes(), from.bytes() + static_cast<size_t>(index) * copy.byte_size(), copy.byte_size());
  return copy;
}

void write(List& list, int64_t index, Tensor value, const Type& element) {
  if (index < 0) fail("index {} is below 0", index);
  if (index >= kMaxListLength) fail("index {} is beyond the limit of {} elements", index, kMaxListLength);
  if (!compatible(element, Type::tensor(element.dtype, value.shape())))
    fail("value has shape {}, the list holds {}", to_string(value.shape()), element.str());
  if (index >= static_cast<int64_t>(list.size())) list.resize(static_cast<size_t>(index) + 1);
  list[static_cast<size_t>(index)] = std::move(value);
}

Tensor gathered(const List& list, const std::vector<int64_t>& indices, const Type& element) {
  std::vector<Tensor> parts;
  for (const int64_t index : indices) parts.push_back(element_at(list, index, element));
  ConcreteShape shape = parts.empty() ? blank_shape(list, element) : parts[0].shape();
  shape.insert(shape.begin(), static_cast<int64_t>(parts.size()));
  Tensor result(compute_dtype(element.dtype), shape);
  std::byte* to = result.bytes();
  for (const Tensor& part : parts) {
    if (part.shape() != parts[0].shape())
      fail("elements of shapes {} and {} are gathered", to_string(parts[0].shape()), to_string(part.shape()));
    if (part.byte_size()) std::memcpy(to, part.bytes(), part.byte_size());
    to += part.byte_size();
  }
  return result;
}

void scatter(List& list, const std::vector<int64_t>& indices, const Tensor& values, const Type& element) {
  if (values.rank() == 0 || values.shape()[0] != static_cast<int64_t>(indices.size()))
    fail("there are {} indices for values of shape {}", indices.size(), to_string(values.shape()));
  for (size_t i = 0; i < indices.size(); ++i) write(list, indices[i], copied(values, static_cast<int64_t>(i)), element);
}

RuntimeValue list_value(List list) {
  RuntimeValue value;
  value.kind = RuntimeValue::Kind::kList;
  value.list = std::make_shared<List>(std::move(list));
  return value;
}

RuntimeValue make_list(const Arguments& arguments) {
  const int64_t length = arguments.integer("init_length");
  if (length < 0 || length > kMaxListLength) fail("init_length is {}, expected 0 to {}", length, kMaxListLength);
  return list_value(List(static_cast<size_t>(length)));
}

int64_t only_index(const Arguments& arguments) { return arguments.integer("index"); }

}  // namespace

bool is_list_op(const Op& op) { return op.type == "make_list" || op.type.rfind("list_", 0) == 0; }

RuntimeValue run_list_op(const Op& op, const Arguments& arguments, const RuntimeValue* list) {
  if (op.type == "make_list") return make_list(arguments);
  if (!list || !list->list) fail("ls is no list");
  const List& elements = *list->list;
  if (op.type == "list_length") return RuntimeValue(Tensor::scalar(static_cast<int32_t>(elements.size())));
  const Type& element = arguments.type("ls").elements.at(0);
  if (op.type == "list_read") return RuntimeValue(copied(element_at(elements, only_index(arguments), element)));
  if (op.type == "list_gather") return RuntimeValue(gathered(elements, arguments.integers("indices"), element));
  List changed = elements;
  if (op.type == "list_write")
    write(changed, only_index(arguments), copied(arguments.tensor("value")), element);
  else if (op.type == "list_scatter")
    scatter(changed, arguments.integers("indices"), arguments.tensor("value"), element);
  else
    fail("cannot be run");
  return list_value(std::move(changed));
}

}  // namespace anemone

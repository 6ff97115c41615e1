// SPDX-License-Identifier: Apache-2.0
// Lists of tensors: make_list, list_read, list_write, list_gather, list_scatter and list_length. The executor holds
// the lists: a list grows when it is written past its end, and an element that was never written reads as zeros.
#include "base/error.h"
#include "ops/ops.h"

namespace anemone {
namespace {

const Type& list_type(const Arguments& args) {
  const Type& list = args.type("ls");
  if (list.kind != Type::Kind::kList) fail("ls is {}, expected a list", list.str());
  return list;
}

const Type& element_type(const Arguments& args) { return list_type(args).elements.at(0); }

void expect_vector(const Type& type, const char* name) {
  if (type.ranked && type.rank() != 1) fail("{} has rank {}, expected 1", name, type.rank());
}

void expect_index(const Arguments& args) {
  const Type& index = args.type("index");
  if (index.is_concrete() && index.element_count() != 1) fail("index is {}, expected a scalar", index.str());
}

// Dimensions from integers; the names of symbols, which are texts, stand for lengths that are not known.
void append_dims(const Arguments& args, size_t operand, Shape& shape) {
  if (args.type("elem_shape", operand).dtype == DType::kString) {
    shape.resize(shape.size() + args.literal("elem_shape", operand).strings().size(), Dim::unknown());
    return;
  }
  for (const int64_t size : to_integers(args.tensor("elem_shape", operand))) {
    if (size < 0) fail("elem_shape contains {}", size);
    shape.emplace_back(size);
  }
}

std::vector<Type> infer_make(const Arguments& args) {
  const std::string name = args.text("dtype");
  const auto dtype = dtype_from_name(name);
  using enum DType;
  if (dtype != kFloat16 && dtype != kFloat32 && dtype != kInt32 && dtype != kBool)
    fail("dtype is {}, expected fp16, fp32, int32 or bool", name);
  Shape shape;
  for (size_t i = 0; i < args.count("elem_shape"); ++i) append_dims(args, i, shape);
  const bool fixed = !args.flag("dynamic_length") && (!args.has("init_length") || args.known("init_length"));
  if (fixed && args.integer("init_length") < 0) fail("init_length is {}", args.integer("init_length"));
  return {
      Type::list(Type::tensor(*dtype, std::move(shape)), fixed ? Dim(args.integer("init_length")) : Dim::unknown())};
}

std::vector<Type> infer_read(const Arguments& args) {
  expect_index(args);
  return {element_type(args)};
}

std::vector<Type> infer_write(const Arguments& args) {
  expect_index(args);
  const Type& value = args.type("value");
  if (!compatible(element_type(args), value))
    fail("value is {}, the list holds {}", value.str(), element_type(args).str());
  return {list_type(args)};
}

std::vector<Type> infer_gather(const Arguments& args) {
  const Type& indices = args.type("indices");
  expect_vector(indices, "indices");
  Type result = element_type(args);
  if (!result.is_tensor()) fail("the list holds {}, expected tensors", result.str());
  if (!result.ranked || !indices.ranked) return {Type::unranked(result.dtype)};
  result.shape.insert(result.shape.begin(), indices.shape[0]);
  return {result};
}

std::vector<Type> infer_scatter(const Arguments& args) {
  const Type& indices = args.type("indices");
  const Type& value = args.type("value");
  expect_vector(indices, "indices");
  if (!value.ranked) return {list_type(args)};
  if (value.rank() == 0) fail("value is a scalar");
  if (indices.ranked && provably_different(indices.shape[0], value.shape[0]))
    fail("there are {} indices for {} values", indices.shape[0].str(), value.shape[0].str());
  const Type element = Type::tensor(value.dtype, Shape(value.shape.begin() + 1, value.shape.end()));
  if (!compatible(element_type(args), element))
    fail("value is {}, the list holds {}", value.str(), element_type(args).str());
  return {list_type(args)};
}

std::vector<Type> infer_length(const Arguments& args) {
  list_type(args);
  return {Type::scalar(DType::kInt32)};
}

void add(OpTable& table, const char* name, const char* parameters, std::vector<Type> (*infer)(const Arguments&)) {
  OpDefinition op;
  op.name = name;
  op.signatures = {signature(5, parameters)};
  op.infer = infer;
  table.add(std::move(op));
}

}  // namespace

void register_op_lists(OpTable& table) {
  add(table, "make_list",
      "init_length: int32 = 1, dynamic_length: bool const = true, elem_shape: any list ?, dtype: string const = fp32",
      infer_make);
  add(table, "list_read", "ls: any, index: int32", infer_read);
  add(table, "list_write", "ls: any, index: int32, value: fp16|fp32|bool|int32", infer_write);
  add(table, "list_gather", "ls: any, indices: int32", infer_gather);
  add(table, "list_scatter", "ls: any, indices: int32, value: fp16|fp32|bool|int32", infer_scatter);
  add(table, "list_length", "ls: any", infer_length);
}

}  // namespace anemone

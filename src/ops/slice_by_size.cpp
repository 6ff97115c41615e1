// SPDX-License-Identifier: Apache-2.0
// slice_by_size: `size` elements from `begin` on along every axis; size -1 takes the rest, a negative begin counts from
// the end.
#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/view.h"

namespace anemone {
namespace {

void expect_entry_for_each_axis(const Arguments& args, std::string_view name, int rank) {
  const Type& type = args.type(name);
  if (type.ranked && (type.rank() != 1 || provably_different(type.shape[0], rank)))
    fail("{} has type {}, but x has rank {}", name, type.str(), rank);
}

// Where the slice of one axis begins. Error when the slice leaves the axis.
int64_t checked_begin(int64_t begin, int64_t size, int64_t length) {
  const int64_t first = begin < 0 ? begin + length : begin;
  const bool inside = first >= 0 && first <= length && size >= -1 && size <= length - first;
  if (!inside) fail("{} elements from {} on are outside of size {}", size, begin, length);
  return first;
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  if (!x.ranked) return {Type::unranked(x.dtype)};
  expect_entry_for_each_axis(args, "begin", x.rank());
  expect_entry_for_each_axis(args, "size", x.rank());
  const auto begin = args.known_integers("begin");
  const auto size = args.known_integers("size");
  Shape shape(x.shape.size(), Dim::unknown());
  for (size_t i = 0; size && i < shape.size(); ++i) {
    const int64_t wanted = (*size)[i];
    if (wanted < -1) fail("size has the entry {}", wanted);
    if (begin && x.shape[i].is_constant()) {
      const int64_t first = checked_begin((*begin)[i], wanted, x.shape[i].value());
      shape[i] = wanted == -1 ? x.shape[i] - first : Dim(wanted);
    } else if (wanted != -1) {
      shape[i] = wanted;
    } else if (begin) {
      shape[i] = (*begin)[i] < 0 ? Dim(-(*begin)[i]) : x.shape[i] - (*begin)[i];
    }
  }
  return {Type::tensor(x.dtype, shape)};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const std::vector<int64_t> begin = args.integers("begin");
  const std::vector<int64_t> size = args.integers("size");
  View view = whole(x.shape());
  for (size_t i = 0; i < begin.size(); ++i) {
    const int64_t first = checked_begin(begin[i], size[i], x.shape()[i]);
    view = sliced(view, static_cast<int>(i), first, size[i] == -1 ? x.shape()[i] - first : size[i]);
  }
  copy_elements(x, view, results.allocate(0, view.shape, x.dtype()), results.threads());
}

std::optional<AxesStatement> axes(const Arguments& args) {
  const auto begin = args.known_integers("begin");
  const auto size = args.known_integers("size");
  const Shape& shape = args.type("x").shape;
  if (!begin || !size) return std::nullopt;
  AxesStatement statement;
  statement.operands = {{"x", 0, axis_letters(static_cast<int>(shape.size()))}};
  statement.outputs = {statement.operands[0].letters};
  std::vector<int32_t> begins, sizes;
  bool parts = true;
  for (size_t i = 0; i < shape.size(); ++i) {
    if ((*begin)[i] == 0 && ((*size)[i] == -1 || shape[i] == Dim((*size)[i]))) continue;
    statement.along += statement.outputs[0][i];
    begins.push_back(static_cast<int32_t>((*begin)[i]));
    sizes.push_back(static_cast<int32_t>((*size)[i]));
    parts &= (*begin)[i] >= 0;
  }
  if (parts) statement.begins = {std::vector<int64_t>(begins.begin(), begins.end())};
  statement.arguments = [along = statement.along, begins, sizes](const AxisOf& axis_of, int rank) -> std::vector<Arg> {
    std::vector<int32_t> all_begins(static_cast<size_t>(rank), 0), all_sizes(static_cast<size_t>(rank), -1);
    for (size_t i = 0; i < along.size(); ++i) {
      all_begins[static_cast<size_t>(axis_of(along[i]))] = begins[i];
      all_sizes[static_cast<size_t>(axis_of(along[i]))] = sizes[i];
    }
    return {{"begin", all_begins}, {"size", all_sizes}};
  };
  return statement;
}

}  // namespace

void register_op_slice_by_size(OpTable& table) {
  OpDefinition op;
  op.name = "slice_by_size";
  op.signatures = movement_signatures("begin: int32, size: int32", "begin: U=int8|int16|int32, size: U");
  op.infer = infer;
  op.evaluate = compute;
  op.axes = axes;
  const Constant x = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  op.samples = {{{{"x", x}, {"begin", {0, 1}}, {"size", {1, 2}}}, {floats({1, 2}, {2, 3})}, "by hand", 0, 0},
                {{{"x", x}, {"begin", {0, -2}}, {"size", {-1, -1}}}, {floats({2, 2}, {2, 3, 5, 6})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

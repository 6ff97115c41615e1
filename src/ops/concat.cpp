// SPDX-License-Identifier: Apache-2.0
// concat: tensors one after the other along an axis; scalars become a vector. With `interleave` the slices of equal
// tensors alternate instead.
#include <algorithm>
#include <cstring>

#include "base/parallel.h"
#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/view.h"

namespace anemone {
namespace {

constexpr int64_t kBytesAtOnce = 1 << 16;

Shape as_vector(const Shape& shape) { return shape.empty() ? Shape{1} : shape; }

// An axis of scalars does not matter.
int concat_axis(const Arguments& args, int rank) { return rank == 0 ? 0 : args.axis("axis", rank); }

std::vector<Type> infer(const Arguments& args) {
  const size_t count = args.count("values");
  if (count == 0) fail("values is empty");
  const Type& first = args.type("values");
  for (size_t i = 0; i < count; ++i)
    if (!args.type("values", i).ranked) return {Type::unranked(first.dtype)};
  const int axis = concat_axis(args, first.rank());
  Shape shape = as_vector(first.shape);
  for (size_t i = 1; i < count; ++i) {
    const Type& next = args.type("values", i);
    if (next.rank() != first.rank()) fail("value {} has rank {}, the first has {}", i, next.rank(), first.rank());
    const Shape other = as_vector(next.shape);
    for (int a = 0; a < static_cast<int>(shape.size()); ++a) {
      Dim& dim = shape[static_cast<size_t>(a)];
      const Dim& more = other[static_cast<size_t>(a)];
      if (a != axis)
        dim = unified(dim, more, a);
      else if (args.flag("interleave"))
        unified(as_vector(first.shape)[static_cast<size_t>(a)], more, a);
      if (a == axis) dim = dim + more;
    }
  }
  return {Type::tensor(first.dtype, shape)};
}

// What an operand has from the axis on is one run of memory, and so is its place in the result.
void join_rows(const Arguments& args, int axis, int threads, Tensor& to) {
  int64_t outer = 1;
  for (int i = 0; i < axis; ++i) outer *= to.shape()[static_cast<size_t>(i)];
  const size_t row = to.byte_size() / static_cast<size_t>(outer);
  parallel_for(threads, outer, std::max<int64_t>(1, kBytesAtOnce / static_cast<int64_t>(row)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) {
                   std::byte* place = to.bytes() + static_cast<size_t>(i) * row;
                   for (size_t k = 0; k < args.count("values"); ++k) {
                     const Tensor& value = args.tensor("values", k);
                     const size_t size = value.byte_size() / static_cast<size_t>(outer);
                     if (size != 0) std::memcpy(place, value.bytes() + static_cast<size_t>(i) * size, size);
                     place += size;
                   }
                 }
               });
}

void compute(const Arguments& args, Results& results) {
  const size_t count = args.count("values");
  const ConcreteShape shape = infer(args)[0].concrete();
  const int axis = concat_axis(args, args.tensor("values").rank());
  const bool interleave = args.flag("interleave");
  Tensor& to = results.allocate(0, shape, args.tensor("values").dtype());
  if (!interleave && to.size() != 0) return join_rows(args, axis, results.threads(), to);
  int64_t begin = 0;
  for (size_t i = 0; i < count; ++i) {
    const Tensor& value = args.tensor("values", i);
    View read = whole(value.shape());
    if (read.rank() == 0) read = inserted(read, 0, 1);
    const int64_t size = read.shape[static_cast<size_t>(axis)];
    const int64_t step = interleave ? static_cast<int64_t>(count) : 1;
    copy_elements(value, read, to, sliced(whole(shape), axis, begin, size, step), results.threads());
    begin += interleave ? 1 : size;
  }
}

std::optional<AxesStatement> axes(const Arguments& args) {
  const int rank = args.type("values").rank();
  if (rank == 0 || args.flag("interleave")) return std::nullopt;
  AxesStatement statement;
  const std::string letters = axis_letters(rank);
  for (size_t i = 0; i < args.count("values"); ++i) statement.operands.push_back({"values", i, letters});
  statement.outputs = {letters};
  statement.along = letters[static_cast<size_t>(concat_axis(args, rank))];
  statement.arguments = [letter = statement.along[0]](const AxisOf& axis_of, int) -> std::vector<Arg> {
    return {{"axis", axis_of(letter)}};
  };
  return statement;
}

}  // namespace

void register_op_concat(OpTable& table) {
  OpDefinition op;
  op.name = "concat";
  op.signatures = {signature(5, "values: T=any list, axis: int32 const, interleave: bool const = false")};
  op.infer = infer;
  op.evaluate = compute;
  op.axes = axes;
  const std::vector<Operand> pair = {floats({2, 1}, {1, 2}), floats({2, 2}, {3, 4, 5, 6})};
  const std::vector<Operand> equal_pair = {ints({2, 2}, {1, 2, 3, 4}), ints({2, 2}, {5, 6, 7, 8})};
  const std::vector<Operand> scalars = {ints({}, {1}), ints({}, {2})};
  op.samples = {{{{"values", pair}, {"axis", -1}}, {floats({2, 3}, {1, 3, 4, 2, 5, 6})}, "by hand", 0, 0},
                {{{"values", equal_pair}, {"axis", 0}, {"interleave", true}},
                 {ints({4, 2}, {1, 2, 5, 6, 3, 4, 7, 8})},
                 "by hand",
                 0,
                 0},
                {{{"values", scalars}, {"axis", 0}}, {ints({2}, {1, 2})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

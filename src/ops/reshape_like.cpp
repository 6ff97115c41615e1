// SPDX-License-Identifier: Apache-2.0
// reshape_like: x in a shape put together from ranges of the dimensions of reference tensors.
#include <algorithm>

#include "ops/ops.h"
#include "ops/shared/movement.h"

namespace anemone {
namespace {

int64_t scalar(const Arguments& args, std::string_view name, size_t index) {
  const auto values = to_integers(args.tensor(name, index));
  if (values.size() != 1) fail("{} {} must be one number", name, index);
  return values[0];
}

// dims[begin:end], where negative bounds count from the end and all are clamped.
Shape range_of(const Shape& dims, int64_t begin, int64_t end) {
  const auto rank = static_cast<int64_t>(dims.size());
  const auto clamped = [rank](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const int64_t first = clamped(begin);
  return Shape(dims.begin() + first, dims.begin() + std::max(first, clamped(end)));
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const size_t count = args.count("ref_tensors");
  for (const char* name : {"begins", "ends", "end_masks"})
    if (args.count(name) != count) fail("{} has {} entries, ref_tensors {}", name, args.count(name), count);
  Shape shape;
  for (size_t i = 0; i < count; ++i) {
    const Type& ref = args.type("ref_tensors", i);
    if (!ref.ranked) return {Type::unranked(x.dtype)};
    const int64_t end = scalar(args, "end_masks", i) != 0 ? ref.rank() : scalar(args, "ends", i);
    const Shape part = range_of(ref.shape, scalar(args, "begins", i), end);
    shape.insert(shape.end(), part.begin(), part.end());
  }
  const Type result = Type::tensor(x.dtype, shape);
  if (x.is_concrete() && result.is_concrete() && x.element_count() != result.element_count())
    fail("x of type {} does not fill {}", x.str(), result.str());
  return {result};
}

}  // namespace

void register_op_reshape_like(OpTable& table) {
  OpDefinition op;
  op.name = "reshape_like";
  const std::string rest = "ref_tensors: any list, begins: int32 list, ends: int32 list, end_masks: bool list";
  op.signatures = movement_signatures(rest, rest, 6);
  op.infer = infer;
  op.view_of = "x";
  op.evaluate = [](const Arguments& args, Results& results) { set_reshaped(args, results, infer(args)); };
  const std::vector<Operand> refs = {floats({3, 2}, {0, 0, 0, 0, 0, 0}), floats({5, 1}, {0, 0, 0, 0, 0})};
  const std::vector<Operand> begins = {ints({}, {0}), ints({}, {-1})};
  const std::vector<Operand> ends = {ints({}, {1}), ints({}, {0})};
  const std::vector<Operand> masks = {bools({}, {false}), bools({}, {true})};
  op.samples = {
      {{{"x", floats({3}, {1, 2, 3})}, {"ref_tensors", refs}, {"begins", begins}, {"ends", ends}, {"end_masks", masks}},
       {floats({3, 1}, {1, 2, 3})},
       "by hand",
       0,
       0}};
  table.add(std::move(op));
}

}  // namespace anemone

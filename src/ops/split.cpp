// SPDX-License-Identifier: Apache-2.0
// split: consecutive parts of x along an axis, `num_splits` equal ones or of the given sizes.
#include <algorithm>

#include "ops/ops.h"
#include "ops/shared/axes.h"
#include "ops/shared/movement.h"
#include "ops/shared/view.h"

namespace anemone {
namespace {

constexpr int64_t kMostSplits = 65536;  // a bound on what a file can make us list

std::vector<Dim> given_sizes(const Arguments& args, const Dim& length) {
  std::vector<Dim> sizes;
  Dim sum = 0;
  for (const int64_t size : args.integers("split_sizes")) {
    if (size < 0) fail("split_sizes has the size {}", size);
    sizes.emplace_back(size);
    sum = sum + size;
  }
  if (provably_different(sum, length)) fail("split_sizes sum to {}, the axis has size {}", sum.str(), length.str());
  if (args.has("num_splits") && args.integer("num_splits") != static_cast<int64_t>(sizes.size()))
    fail("num_splits is {}, but split_sizes has {} entries", args.integer("num_splits"), sizes.size());
  return sizes;
}

std::vector<Dim> part_sizes(const Arguments& args, const Dim& length) {
  if (args.has("split_sizes")) return given_sizes(args, length);
  if (!args.has("num_splits")) fail("one of num_splits and split_sizes is needed");
  const int64_t count = args.integer("num_splits");
  if (count < 1 || count > kMostSplits) fail("num_splits is {}", count);
  const Dim size = length.divided_by(count);
  if (size.is_constant() && size * count != length) fail("{} parts do not divide size {}", count, length.str());
  return std::vector<Dim>(static_cast<size_t>(count), size);
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const int axis = x.ranked ? args.axis("axis", x.rank()) : 0;
  std::vector<Type> parts;
  for (const Dim& size : part_sizes(args, x.ranked ? x.shape[static_cast<size_t>(axis)] : Dim::unknown())) {
    parts.push_back(x);
    if (x.ranked) parts.back().shape[static_cast<size_t>(axis)] = size;
  }
  return parts;
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const int axis = args.axis("axis", x.rank());
  int64_t begin = 0;
  const std::vector<Dim> sizes = part_sizes(args, x.shape()[static_cast<size_t>(axis)]);
  for (size_t i = 0; i < sizes.size(); ++i) {
    const View view = sliced(whole(x.shape()), axis, begin, sizes[i].value());
    copy_elements(x, view, results.allocate(i, view.shape, x.dtype()), results.threads());
    begin += sizes[i].value();
  }
}

AxesStatement axes(const Arguments& args) {
  const Type& x = args.type("x");
  const int axis = args.axis("axis", x.rank());
  const std::vector<Dim> sizes = part_sizes(args, x.shape[static_cast<size_t>(axis)]);
  AxesStatement statement = along_axis(args, axis, "axis", sizes.size());
  int64_t begin = 0;
  for (const Dim& size : sizes) {
    if (!size.is_constant()) return statement.begins.clear(), statement;
    statement.begins.push_back({begin});
    begin += size.value();
  }
  return statement;
}

}  // namespace

void register_op_split(OpTable& table) {
  OpDefinition op;
  op.name = "split";
  op.signatures = {signature(5, fmt::format("x: T={}, num_splits: int32 const ?, split_sizes: int32 const ?, "
                                            "axis: int32 const",
                                            kMovedBefore7))};
  op.infer = infer;
  op.evaluate = compute;
  op.axes = axes;
  op.samples = {{{{"x", floats({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8})}, {"num_splits", 2}, {"axis", -1}},
                 {floats({2, 2}, {1, 2, 5, 6}), floats({2, 2}, {3, 4, 7, 8})},
                 "by hand",
                 0,
                 0},
                {{{"x", ints({3}, {1, 2, 3})}, {"split_sizes", {1, 2}}, {"axis", 0}},
                 {ints({1}, {1}), ints({2}, {2, 3})},
                 "by hand",
                 0,
                 0}};
  table.add(std::move(op));
}

}  // namespace anemone

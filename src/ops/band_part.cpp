// SPDX-License-Identifier: Apache-2.0
// band_part: in the last two axes, keeps `lower` diagonals below the main one and `upper` above it (negative: all), and
// sets the rest to 0.
#include <algorithm>
#include <cstring>

#include "ops/ops.h"
#include "ops/shared/movement.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  if (x.ranked && x.rank() < 2) fail("x has rank {}, expected at least 2", x.rank());
  return {x};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const auto rank = x.shape().size();
  const int64_t rows = x.shape()[rank - 2];
  const int64_t columns = x.shape()[rank - 1];
  const int64_t lower = args.integer("lower");
  const int64_t upper = args.integer("upper");
  Tensor& to = results.allocate(0, x.shape(), x.dtype());
  if (x.size() == 0) return;
  std::memset(to.bytes(), 0, to.byte_size());
  const int64_t width = bit_width(x.dtype()) / 8;
  for (int64_t line = 0; line < x.size() / columns; ++line) {
    const int64_t row = line % rows;
    const int64_t first = lower < 0 ? 0 : std::clamp<int64_t>(row - lower, 0, columns);
    const int64_t last = upper < 0 ? columns : std::min(columns, row + upper + 1);
    if (first >= last) continue;
    const int64_t offset = (line * columns + first) * width;
    std::memcpy(to.bytes() + offset, x.bytes() + offset, static_cast<size_t>((last - first) * width));
  }
}

}  // namespace

void register_op_band_part(OpTable& table) {
  OpDefinition op;
  op.name = "band_part";
  op.signatures = {
      signature(5, fmt::format("x: T={}, lower: int32 const = -1, upper: int32 const = -1", kMovedBefore7))};
  op.infer = infer;
  op.evaluate = compute;
  const Constant x = floats({3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  op.samples = {
      {{{"x", x}, {"upper", 0}}, {floats({3, 3}, {1, 0, 0, 4, 5, 0, 7, 8, 9})}, "numpy 2 reference (tril)", 0, 0},
      {{{"x", x}, {"lower", 1}, {"upper", 1}}, {floats({3, 3}, {1, 2, 0, 4, 5, 6, 0, 8, 9})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// cumsum: running sums along an axis; exclusive sums leave the element itself out, reverse ones run from the end.
// Floats are summed in double, one after the other; integers wrap around.
#include <type_traits>

#include "ops/ops.h"
#include "ops/shared/indexing.h"
#include "ops/shared/movement.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const int64_t axis = args.integer("axis");
  if (axis < -1 || (x.ranked && axis >= x.rank())) fail("axis {} is out of range, expected -1 or more", axis);
  return {x};
}

template <typename T>
void sum_line(const T* from, T* to, int64_t count, int64_t stride, bool exclusive) {
  using Sum = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;
  Sum sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    const Sum before = sum;
    sum += static_cast<Sum>(from[i * stride]);
    to[i * stride] = static_cast<T>(exclusive ? before : sum);
  }
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const auto axis = static_cast<size_t>(args.axis("axis", x.rank()));
  const int64_t count = x.shape()[axis];
  const int64_t stride = elements_between(x.shape(), axis + 1, x.shape().size());
  const bool reverse = args.flag("reverse");
  const bool exclusive = args.flag("exclusive");
  Tensor& to = results.allocate(0, x.shape(), x.dtype());
  if (x.size() == 0) return;
  with_element_type(x.dtype(), [&](auto element) {
    using T = decltype(element);
    parallel_for(results.threads(), x.size() / count, 64, [&](int64_t begin, int64_t end) {
      for (int64_t line = begin; line < end; ++line) {
        int64_t first = line / stride * stride * count + line % stride;
        if (reverse) first += (count - 1) * stride;
        sum_line(x.as<T>().data() + first, to.as<T>().data() + first, count, reverse ? -stride : stride, exclusive);
      }
    });
  });
}

}  // namespace

void register_op_cumsum(OpTable& table) {
  OpDefinition op;
  op.name = "cumsum";
  op.signatures = {signature(5,
                             "x: T=fp16|fp32|int32, axis: int32 const = 0, exclusive: bool const = false, "
                             "reverse: bool const = false")};
  op.infer = infer;
  op.evaluate = compute;
  const Constant x = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  op.samples = {{{{"x", x}}, {floats({2, 3}, {1, 2, 3, 5, 7, 9})}, "by hand", 0, 0},
                {{{"x", x}, {"axis", -1}, {"exclusive", true}, {"reverse", true}},
                 {floats({2, 3}, {5, 3, 0, 11, 6, 0})},
                 "by hand",
                 0,
                 0},
                {{{"x", ints({3}, {1, -2, 3})}}, {ints({3}, {1, -1, 2})}, "by hand", 0, 0}};
  table.add(std::move(op));
}

}  // namespace anemone

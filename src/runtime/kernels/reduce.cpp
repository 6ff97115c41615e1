// SPDX-License-Identifier: Apache-2.0
// Reductions of floats over neighbouring axes.
#include "kernels/reduce/reduce.h"

#include <cmath>

#include "ops/shared/reduction.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

using kernels::Reduction;

// What becomes of a sum of `count` elements.
using Finish = void (*)(std::span<float> values, float count);

void leave(std::span<float>, float) {}
void divide(std::span<float> values, float count) {
  for (float& value : values) value /= count;
}
void root(std::span<float> values, float) {
  for (float& value : values) value = std::sqrt(value);
}

void run(const Arguments& args, Results& results, Reduction kind, Finish finish) {
  const Tensor& x = args.tensor("x");
  const auto axes = reduction_axes(args, "axes", x.rank());
  const ConcreteShape& shape = x.shape();
  int64_t outer = 1, axis = 1, inner = 1;
  ConcreteShape result;
  for (int i = 0; i < x.rank(); ++i) {
    const int64_t size = shape[static_cast<size_t>(i)];
    const bool reduced = !axes.empty() && i >= axes.front() && i <= axes.back();
    (axes.empty() || i < axes.front() ? outer : reduced ? axis : inner) *= size;
    if (!reduced || args.flag("keep_dims")) result.push_back(reduced ? 1 : size);
  }
  Tensor& y = results.allocate(0, result, DType::kFloat32);
  if (y.size() == 0) return;
  if (axis == 0) fail("x has no elements along the axes");
  kernels::reduce(results.threads(), kind, outer, axis, inner, x.as<float>().data(), y.as<float>().data());
  finish(y.as<float>(), static_cast<float>(axis));
}

Kernel reduction(const char* op, Reduction kind, Finish finish) {
  return {op, [kind, finish](const Arguments& args, const KernelContext&) -> std::optional<PreparedKernel> {
            const Type& x = args.type("x");
            if (!x.ranked || !is_float(x.dtype)) return std::nullopt;
            const auto axes = reduction_axes(args, "axes", x.rank());
            const bool neighbours = axes.empty() || axes.back() - axes.front() + 1 == static_cast<int>(axes.size());
            if (!neighbours) return std::nullopt;
            return PreparedKernel{
                [kind, finish](const Arguments& a, Results& results) { run(a, results, kind, finish); }, {}};
          }};
}

}  // namespace

void register_kernel_reduce(KernelTable& table);
void register_kernel_reduce(KernelTable& table) {
  table.add(reduction("reduce_sum", Reduction::kSum, leave));
  table.add(reduction("reduce_mean", Reduction::kSum, divide));
  table.add(reduction("reduce_sum_square", Reduction::kSumOfSquares, leave));
  table.add(reduction("reduce_l1_norm", Reduction::kSumOfMagnitudes, leave));
  table.add(reduction("reduce_l2_norm", Reduction::kSumOfSquares, root));
  table.add(reduction("reduce_max", Reduction::kMax, leave));
  table.add(reduction("reduce_min", Reduction::kMin, leave));
}

}  // namespace anemone

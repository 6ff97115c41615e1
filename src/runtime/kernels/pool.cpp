// SPDX-License-Identifier: Apache-2.0
// Pools over one or two spatial axes. Windows of absurd size are left to the op itself.
#include <cmath>

#include "ops/shared/window.h"
#include "runtime/kernel.h"
#include "runtime/shared/plane_windows.h"

namespace anemone {
namespace {

using kernels::PlaneWindows;

// Elements under each window of an axis: all, or those of the input only.
std::vector<float> counts(const WindowAxis& axis, bool padding) {
  std::vector<float> values;
  for (int64_t o = 0; o < axis.out; ++o) {
    const WindowSpan span(axis, o);
    values.push_back(static_cast<float>(padding ? span.padded : span.count()));
  }
  return values;
}

void run(const Arguments& args, Results& results, kernels::Pool kind) {
  const Tensor& x = args.tensor("x");
  const Windows windows = pool_windows(args, x.shape());
  ConcreteShape shape = x.shape();
  for (size_t i = 2; i < shape.size(); ++i) shape[i] = windows.axes[i + 3 - shape.size()].out;
  Tensor& y = results.allocate(0, shape, DType::kFloat32);
  if (y.size() == 0) return;
  const int64_t planes = shape[0] * shape[1];
  const bool mean = kind == kernels::Pool::kSum;
  const bool padding = mean && !args.flag("exclude_padding_from_average");
  const auto rows = counts(windows.axes[1], padding);
  const auto columns = counts(windows.axes[2], padding);
  const kernels::Divisors divisors = {rows.data(), columns.data()};
  kernels::pool(results.threads(), kind, plane_windows(windows), planes, x.as<float>().data(),
                mean ? &divisors : nullptr, y.as<float>().data());
  if (kind == kernels::Pool::kSumOfSquares)
    for (float& value : y.as<float>()) value = std::sqrt(value);
}

Kernel pool_kernel_of(const char* op, kernels::Pool kind) {
  return {op, [kind](const Arguments& args, const KernelContext&) -> std::optional<PreparedKernel> {
            const Type& x = args.type("x");
            if (!x.ranked || x.rank() < 3 || x.rank() > 4) return std::nullopt;
            const auto spatial = static_cast<size_t>(x.rank() - 2);
            if (!is_moderate(WindowRule(args, spatial), pool_kernel(args, spatial))) return std::nullopt;
            return PreparedKernel{[kind](const Arguments& a, Results& results) { run(a, results, kind); }, {}};
          }};
}

}  // namespace

void register_kernel_pool(KernelTable& table);
void register_kernel_pool(KernelTable& table) {
  table.add(pool_kernel_of("max_pool", kernels::Pool::kMax));
  table.add(pool_kernel_of("avg_pool", kernels::Pool::kSum));
  table.add(pool_kernel_of("l2_pool", kernels::Pool::kSumOfSquares));
}

}  // namespace anemone

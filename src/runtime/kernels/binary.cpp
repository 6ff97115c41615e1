// SPDX-License-Identifier: Apache-2.0
// Arithmetic of two float arrays, of the same shape or with one that is repeated: a scalar, or the trailing dimensions
// of the other (a bias, a mask row). Anything else is left to the op itself.
#include <algorithm>

#include "base/parallel.h"
#include "kernels/elementwise/elementwise.h"
#include "ops/ops.h"
#include "runtime/kernel.h"
#include "runtime/shared/binary_function.h"
#include "runtime/shared/broadcast.h"

namespace anemone {
namespace {

using kernels::Binary;

constexpr int64_t kGrain = 16384;

// The last part of `shape` without leading ones is a suffix of `whole`.
bool repeats_within(const ConcreteShape& shape, const ConcreteShape& whole) {
  size_t first = 0;
  while (first < shape.size() && shape[first] == 1) ++first;
  const size_t count = shape.size() - first;
  return count <= whole.size() && std::equal(shape.begin() + static_cast<std::ptrdiff_t>(first), shape.end(),
                                             whole.end() - static_cast<std::ptrdiff_t>(count));
}

void same_shape(Binary function, const Tensor& x, const Tensor& y, Tensor& out, int threads) {
  const float* a = x.as<float>().data();
  const float* b = y.as<float>().data();
  float* to = out.as<float>().data();
  parallel_for(threads, out.size(), kGrain, [&](int64_t begin, int64_t end) {
    kernels::binary(function, a + begin, b + begin, to + begin, end - begin);
  });
}

// `small` is repeated along the leading dimensions of `large`.
void repeated(Binary function, const Tensor& large, const Tensor& small, bool small_first, Tensor& out, int threads) {
  const float* whole = large.as<float>().data();
  const float* part = small.as<float>().data();
  float* to = out.as<float>().data();
  const int64_t row = small.size();
  if (row == 1) {
    parallel_for(threads, out.size(), kGrain, [&](int64_t begin, int64_t end) {
      if (small_first)
        kernels::scalar_binary(function, part[0], whole + begin, to + begin, end - begin);
      else
        kernels::binary_scalar(function, whole + begin, part[0], to + begin, end - begin);
    });
    return;
  }
  parallel_for(threads, out.size() / row, std::max<int64_t>(1, kGrain / row), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const float* at = whole + i * row;
      if (small_first)
        kernels::binary(function, part, at, to + i * row, row);
      else
        kernels::binary(function, at, part, to + i * row, row);
    }
  });
}

using Evaluate = std::function<void(const Arguments&, Results&)>;

void run(Binary function, const Evaluate& otherwise, const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const Tensor& y = args.tensor("y");
  const ConcreteShape shape = broadcast_shape(x.shape(), y.shape());
  const int64_t size = product(shape);
  const bool x_repeats = repeats_within(x.shape(), shape) && y.size() == size;
  const bool y_repeats = repeats_within(y.shape(), shape) && x.size() == size;
  if (size == 0 || (!x_repeats && !y_repeats)) return otherwise(args, results);
  Tensor& out = results.allocate(0, shape, DType::kFloat32);
  if (x.size() == size && y.size() == size)
    same_shape(function, x, y, out, results.threads());
  else if (y_repeats)
    repeated(function, x, y, false, out, results.threads());
  else
    repeated(function, y, x, true, out, results.threads());
}

}  // namespace

void register_kernel_binary(KernelTable& table);
void register_kernel_binary(KernelTable& table) {
  for (const auto& [op, function] : binary_functions())
    table.add({op, [fn = function](const Arguments& arguments, const KernelContext&) -> std::optional<PreparedKernel> {
                 if (!is_float(arguments.type("x").dtype) || !is_float(arguments.type("y").dtype)) return std::nullopt;
                 const Evaluate otherwise = op_table().find(arguments.op().type)->evaluate;
                 return PreparedKernel{
                     [fn, otherwise](const Arguments& args, Results& results) { run(fn, otherwise, args, results); },
                     {}};
               }});
}

}  // namespace anemone

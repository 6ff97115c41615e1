// SPDX-License-Identifier: Apache-2.0
// Elementwise functions of floats, vectorised.
#include "base/parallel.h"
#include "runtime/kernel.h"
#include "runtime/shared/unary_function.h"

namespace anemone {
namespace {

constexpr int64_t kGrain = 16384;

std::optional<PreparedKernel> prepare(const Arguments& arguments, const KernelContext&) {
  const auto function = unary_function(arguments);
  if (!function) return std::nullopt;
  const UnaryFunction unary = *function;
  return PreparedKernel{[unary](const Arguments& args, Results& results) {
                          const Tensor& x = args.tensor("x");
                          Tensor& out = results.allocate(0, x.shape(), DType::kFloat32);
                          const float* from = x.as<float>().data();
                          float* to = out.as<float>().data();
                          parallel_for(results.threads(), x.size(), kGrain, [&](int64_t begin, int64_t end) {
                            kernels::unary(unary.function, from + begin, to + begin, end - begin, unary.parameter);
                          });
                        },
                        {}};
}

}  // namespace

void register_kernel_unary(KernelTable& table);
void register_kernel_unary(KernelTable& table) {
  for (const std::string& op : unary_ops()) table.add({op, prepare});
}

}  // namespace anemone

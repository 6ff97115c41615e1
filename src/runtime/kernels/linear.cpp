// SPDX-License-Identifier: Apache-2.0
// linear with constant float weights: packed once, all leading dimensions are rows of one product.
#include "kernels/gemm/gemm.h"
#include "runtime/kernel.h"
#include "runtime/shared/packed_linear.h"

namespace anemone {
namespace {

std::optional<PreparedKernel> prepare(const Arguments& arguments, const KernelContext& context) {
  const auto linear = pack_linear(arguments, context.options);
  if (!linear) return std::nullopt;
  PreparedKernel kernel;
  kernel.absorbed = {"weight", "bias"};
  kernel.run = [linear = *linear](const Arguments& args, Results& results) {
    const Tensor& x = args.tensor("x");
    const int64_t n = linear.weights->n();
    ConcreteShape shape = x.shape();
    shape.back() = n;
    Tensor& out = results.allocate(0, shape, DType::kFloat32);
    if (out.size() == 0) return;
    const kernels::Product product{linear.weights.get(), linear.bias_data(), {}, out.as<float>().data(), n};
    kernels::gemm(results.threads(), out.size() / n, x.as<float>().data(), linear.weights->k(), {&product, 1});
  };
  return kernel;
}

}  // namespace

void register_kernel_linear(KernelTable& table);
void register_kernel_linear(KernelTable& table) { table.add({"linear", prepare}); }

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// linear with constant float weights: packed once, all leading dimensions are rows of one product.
#include "kernels/gemm/gemm.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

std::optional<PreparedKernel> prepare(const Arguments& arguments, const KernelContext& context) {
  if (!is_float(arguments.type("x").dtype)) return std::nullopt;
  const auto weight = constant_tensor(arguments, "weight");
  if (!weight || weight->dtype() != DType::kFloat32 || weight->rank() != 2) return std::nullopt;
  std::optional<Tensor> bias;
  if (arguments.has("bias")) {
    bias = constant_tensor(arguments, "bias");
    if (!bias || bias->dtype() != DType::kFloat32) return std::nullopt;
  }
  const int64_t n = weight->shape()[0];
  const int64_t k = weight->shape()[1];
  const auto packed = std::make_shared<const kernels::PackedMatrix>(context.options.threads, weight->as<float>().data(),
                                                                    kernels::PackedMatrix::Layout::kNk, n, k, k);
  PreparedKernel kernel;
  kernel.absorbed = {"weight", "bias"};
  kernel.run = [packed, bias, n, k](const Arguments& args, Results& results) {
    const Tensor& x = args.tensor("x");
    ConcreteShape shape = x.shape();
    shape.back() = n;
    Tensor& out = results.allocate(0, shape, DType::kFloat32);
    if (out.size() == 0) return;
    kernels::gemm(results.threads(), out.size() / n, x.as<float>().data(), k, *packed,
                  bias ? bias->as<float>().data() : nullptr, kernels::Activation::kNone, out.as<float>().data(), n);
  };
  return kernel;
}

}  // namespace

void register_kernel_linear(KernelTable& table);
void register_kernel_linear(KernelTable& table) { table.add({"linear", prepare}); }

}  // namespace anemone

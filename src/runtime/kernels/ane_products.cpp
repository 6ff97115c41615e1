// SPDX-License-Identifier: Apache-2.0
// Products on the Neural Engine's multiply-accumulate array. The ops themselves ask for its sums (ops/shared/gemm.h);
// what is here keeps other kernels away, and packs constant weights of linear once.
#include "kernels/ane/mac.h"
#include "ops/ops.h"
#include "ops/shared/gemm.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

namespace ane = kernels::ane;

std::optional<PreparedKernel> of_op(const Arguments& arguments, const KernelContext&) {
  const char* first = arguments.has("values") ? "values" : "x";
  if (arguments.type(first).dtype != DType::kFloat16) return std::nullopt;
  return PreparedKernel{op_table().find(arguments.op().type)->evaluate, {}};
}

// x times the transpose of constant weights (N, K), or the weights (K, N), over the last axis.
struct Weights {
  ane::MacColumns packed;
  std::optional<Tensor> bias;

  void multiply(const Tensor& x, Results& results) const {
    ConcreteShape shape = x.shape();
    shape.back() = packed.n();
    Tensor& out = results.allocate(0, shape, DType::kFloat32);
    if (out.size() == 0) return;
    const int64_t rows = out.size() / packed.n();
    const auto x_rows = strided_offsets(rows, packed.k());
    const auto depth = strided_offsets(packed.k(), 1);
    const auto out_rows = strided_offsets(rows, packed.n());
    const auto columns = strided_offsets(packed.n(), 1);
    ane::mac(results.threads(), {x.as<float>().data(), x_rows, depth}, packed,
             {nullptr, bias ? bias->as<float>().data() : nullptr}, {out.as<float>().data(), out_rows, columns});
  }
};

ane::MacColumns packed(int threads, const Tensor& weight, bool transposed) {
  const int64_t n = weight.shape()[transposed ? 0 : 1];
  const int64_t k = weight.shape()[transposed ? 1 : 0];
  const auto depth = strided_offsets(k, transposed ? 1 : n);
  const auto columns = strided_offsets(n, transposed ? k : 1);
  return {threads, {weight.as<float>().data(), depth, columns}};
}

std::optional<Tensor> constant_matrix(const Arguments& arguments, const char* name) {
  if (!arguments.constant(name) || arguments.type(name).rank() != 2) return std::nullopt;
  auto value = constant_tensor(arguments, name);
  return value && value->dtype() == DType::kFloat32 ? value : std::nullopt;
}

PreparedKernel with_weights(std::shared_ptr<const Weights> weights, std::set<std::string> absorbed) {
  return {[weights = std::move(weights)](const Arguments& args, Results& results) {
            weights->multiply(args.tensor("x"), results);
          },
          std::move(absorbed)};
}

std::optional<PreparedKernel> linear(const Arguments& arguments, const KernelContext& context) {
  const auto weight =
      arguments.type("x").dtype == DType::kFloat16 ? constant_matrix(arguments, "weight") : std::nullopt;
  if (!weight) return of_op(arguments, context);
  std::optional<Tensor> bias;
  if (arguments.has("bias") && !(bias = constant_tensor(arguments, "bias"))) return of_op(arguments, context);
  return with_weights(
      std::make_shared<Weights>(Weights{packed(context.options.threads, *weight, true), std::move(bias)}),
      {"weight", "bias"});
}

std::optional<PreparedKernel> matmul(const Arguments& arguments, const KernelContext& context) {
  if (arguments.constant("x") != nullptr && arguments.type("y").dtype == DType::kFloat16)
    return PreparedKernel{op_table().find("matmul")->evaluate, {}};
  const bool simple =
      arguments.type("x").dtype == DType::kFloat16 && arguments.type("x").rank() >= 2 && !arguments.flag("transpose_x");
  const auto y = simple ? constant_matrix(arguments, "y") : std::nullopt;
  if (!y) return of_op(arguments, context);
  return with_weights(
      std::make_shared<Weights>(Weights{packed(context.options.threads, *y, arguments.flag("transpose_y")), {}}),
      {"y"});
}

}  // namespace

void register_kernel_ane_products(KernelTable& table);
void register_kernel_ane_products(KernelTable& table) {
  table.add({"linear", linear, true});
  table.add({"matmul", matmul, true});
  for (const char* op : {"conv", "conv_transpose", "einsum"}) table.add({op, of_op, true});
}

}  // namespace anemone

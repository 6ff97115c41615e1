// SPDX-License-Identifier: Apache-2.0
// Products on the Neural Engine's multiply-accumulate array. The ops themselves ask for its sums (ops/shared/gemm.h);
// what is here keeps other kernels away, and packs constant weights once.
#include "kernels/ane/mac.h"
#include "ops/ops.h"
#include "ops/shared/gemm.h"
#include "ops/shared/window.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

namespace ane = kernels::ane;

std::optional<PreparedKernel> of_op(const Arguments& arguments, const KernelContext&) {
  const char* first = arguments.has("values") ? "values" : "x";
  if (arguments.type(first).dtype != DType::kFloat16) return std::nullopt;
  return PreparedKernel{op_table().find(arguments.op().type)->evaluate, {}};
}

// Constant weights of N outputs.
struct Weights {
  ane::MacColumns packed;
  std::optional<Tensor> bias;

  // Over the last axis of x.
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
    ane::mac(results.threads(), {x.as<float>().data(), x_rows, depth}, packed, start(),
             {out.as<float>().data(), out_rows, columns});
  }

  // Over the channels of x, (batch, channels, positions...).
  void convolve(const Tensor& x, Results& results) const {
    ConcreteShape shape = x.shape();
    shape[1] = packed.n();
    Tensor& out = results.allocate(0, shape, DType::kFloat32);
    if (out.size() == 0) return;
    const int64_t positions = out.size() / (shape[0] * packed.n());
    const auto rows = strided_offsets(positions, 1);
    const auto depth = strided_offsets(packed.k(), positions);
    const auto columns = strided_offsets(packed.n(), positions);
    for (int64_t item = 0; item < shape[0]; ++item)
      ane::mac(results.threads(), {x.as<float>().data() + item * packed.k() * positions, rows, depth}, packed, start(),
               {out.as<float>().data() + item * packed.n() * positions, rows, columns});
  }

  ane::MacBias start() const { return {nullptr, bias ? bias->as<float>().data() : nullptr}; }
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

using Product = void (Weights::*)(const Tensor&, Results&) const;

PreparedKernel with_weights(Weights weights, std::set<std::string> absorbed, Product product = &Weights::multiply) {
  return {[weights = std::make_shared<const Weights>(std::move(weights)), product](
              const Arguments& args, Results& results) { ((*weights).*product)(args.tensor("x"), results); },
          std::move(absorbed)};
}

std::optional<PreparedKernel> conv(const Arguments& arguments, const KernelContext& context) {
  const bool simple = arguments.type("x").dtype == DType::kFloat16 && arguments.constant("weight") &&
                      is_pointwise_convolution(arguments);
  auto weight = simple ? constant_tensor(arguments, "weight") : std::nullopt;
  if (!weight || weight->dtype() != DType::kFloat32) return of_op(arguments, context);
  std::optional<Tensor> bias;
  if (arguments.has("bias") && !(bias = constant_tensor(arguments, "bias"))) return of_op(arguments, context);
  const Tensor matrix = weight->reshaped({weight->shape()[0], weight->shape()[1]});
  return with_weights({packed(context.options.threads, matrix, true), std::move(bias)}, {"weight", "bias"},
                      &Weights::convolve);
}

std::optional<PreparedKernel> linear(const Arguments& arguments, const KernelContext& context) {
  const auto weight =
      arguments.type("x").dtype == DType::kFloat16 ? constant_matrix(arguments, "weight") : std::nullopt;
  if (!weight) return of_op(arguments, context);
  std::optional<Tensor> bias;
  if (arguments.has("bias") && !(bias = constant_tensor(arguments, "bias"))) return of_op(arguments, context);
  return with_weights({packed(context.options.threads, *weight, true), std::move(bias)}, {"weight", "bias"});
}

std::optional<PreparedKernel> matmul(const Arguments& arguments, const KernelContext& context) {
  if (arguments.constant("x") != nullptr && arguments.type("y").dtype == DType::kFloat16)
    return PreparedKernel{op_table().find("matmul")->evaluate, {}};
  const bool simple =
      arguments.type("x").dtype == DType::kFloat16 && arguments.type("x").rank() >= 2 && !arguments.flag("transpose_x");
  const auto y = simple ? constant_matrix(arguments, "y") : std::nullopt;
  if (!y) return of_op(arguments, context);
  return with_weights({packed(context.options.threads, *y, arguments.flag("transpose_y")), std::nullopt}, {"y"});
}

}  // namespace

void register_kernel_ane_products(KernelTable& table);
void register_kernel_ane_products(KernelTable& table) {
  table.add({"conv", conv, true});
  table.add({"linear", linear, true});
  table.add({"matmul", matmul, true});
  for (const char* op : {"conv_transpose", "einsum"}) table.add({op, of_op, true});
}

}  // namespace anemone

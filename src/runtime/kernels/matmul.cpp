// SPDX-License-Identifier: Apache-2.0
// matmul of floats: a constant right-hand matrix is packed once; two activations go through the batched product.
#include "kernels/gemm/gemm.h"
#include "runtime/kernel.h"
#include "runtime/shared/broadcast.h"

namespace anemone {
namespace {

using kernels::PackedMatrix;

std::optional<PreparedKernel> with_weights(const Arguments& arguments, const RunOptions& options) {
  if (!arguments.constant("y") || arguments.type("y").rank() != 2 || arguments.type("x").rank() < 2 ||
      arguments.flag("transpose_x"))
    return std::nullopt;
  const auto y = constant_tensor(arguments, "y");
  if (!y || y->dtype() != DType::kFloat32) return std::nullopt;
  const bool transposed = arguments.flag("transpose_y");
  const int64_t n = y->shape()[transposed ? 0 : 1];
  const int64_t k = y->shape()[transposed ? 1 : 0];
  const auto packed = std::make_shared<const PackedMatrix>(
      options.threads, y->as<float>().data(), transposed ? PackedMatrix::Layout::kNk : PackedMatrix::Layout::kKn, n, k,
      y->shape()[1], options.products);
  PreparedKernel kernel;
  kernel.absorbed = {"y"};
  kernel.run = [packed, n, k](const Arguments& args, Results& results) {
    const Tensor& x = args.tensor("x");
    ConcreteShape shape = x.shape();
    shape.back() = n;
    Tensor& out = results.allocate(0, shape, DType::kFloat32);
    if (out.size() == 0) return;
    kernels::gemm(results.threads(), out.size() / n, x.as<float>().data(), k, *packed, nullptr,
                  kernels::Activation::kNone, out.as<float>().data(), n);
  };
  return kernel;
}

void multiply(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const Tensor& y = args.tensor("y");
  kernels::MatmulShape shape;
  shape.transpose_x = args.flag("transpose_x");
  shape.transpose_y = args.flag("transpose_y");
  const auto rank_of = [](const Tensor& t) { return static_cast<size_t>(t.rank()); };
  const ConcreteShape x_batch(x.shape().begin(), x.shape().end() - 2);
  const ConcreteShape y_batch(y.shape().begin(), y.shape().end() - 2);
  shape.x_stride = x.shape().back();
  shape.y_stride = y.shape().back();
  shape.m = x.shape()[rank_of(x) - (shape.transpose_x ? 1 : 2)];
  shape.k = x.shape()[rank_of(x) - (shape.transpose_x ? 2 : 1)];
  shape.n = y.shape()[rank_of(y) - (shape.transpose_y ? 2 : 1)];
  shape.out_stride = shape.n;
  ConcreteShape out_shape = broadcast_shape(x_batch, y_batch);
  const auto x_strides = broadcast_strides(x_batch, out_shape, x.shape()[rank_of(x) - 2] * x.shape().back());
  const auto y_strides = broadcast_strides(y_batch, out_shape, y.shape()[rank_of(y) - 2] * y.shape().back());
  const auto out_strides = broadcast_strides(out_shape, out_shape, shape.m * shape.n);
  for (size_t i = 0; i < out_shape.size(); ++i)
    shape.batch.push_back({out_shape[i], x_strides[i], y_strides[i], out_strides[i]});
  out_shape.push_back(shape.m);
  out_shape.push_back(shape.n);
  Tensor& out = results.allocate(0, out_shape, DType::kFloat32);
  if (out.size() == 0) return;
  kernels::batched_matmul(results.threads(), shape, x.as<float>().data(), y.as<float>().data(), out.as<float>().data());
}

std::optional<PreparedKernel> prepare(const Arguments& arguments, const KernelContext& context) {
  const Type& x = arguments.type("x");
  const Type& y = arguments.type("y");
  if (!is_float(x.dtype) || !is_float(y.dtype)) return std::nullopt;
  if (auto packed = with_weights(arguments, context.options)) return packed;
  if (x.rank() < 2 || y.rank() < 2) return std::nullopt;
  return PreparedKernel{multiply, {}};
}

}  // namespace

void register_kernel_matmul(KernelTable& table);
void register_kernel_matmul(KernelTable& table) { table.add({"matmul", prepare}); }

}  // namespace anemone

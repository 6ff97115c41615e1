// SPDX-License-Identifier: Apache-2.0
// Products of int8 by int8 on engines from H16 on: linear, matmul and 1x1 convolutions whose input was dequantized from
// int8 and whose weights are int8 times a scale for each output. Integer sums; 2^31 and more is infinite; the scales
// come last. The levels are read back from the dequantized values, which half holds well enough for 8 bits.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "kernels/ane/family.h"
#include "kernels/ane/half.h"
#include "ops/ops.h"
#include "ops/shared/window.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

const Op* producer(const Arguments& arguments, const char* name, const Graph& graph) {
  const Operand& operand = arguments.op().argument(name)->operands.at(0);
  return operand.is_value() ? graph.producer(operand.value()) : nullptr;
}

// The scales of an op that gives scale * data with data of int8, along the first axis or for all; else nothing.
std::optional<std::vector<float>> int8_scales(const Op* op, const char* data, const Graph& graph) {
  if (!op) return std::nullopt;
  for (const char* shift : {"zero_point", "offset"}) {
    if (!op->argument(shift)) continue;
    const Constant* constant = graph.constant(*op, shift);
    if (!constant) return std::nullopt;
    for (const double value : to_doubles(to_compute(constant->tensor())))
      if (value != 0) return std::nullopt;
  }
  const Operand* values = graph.operand(*op, data);
  const Constant* scale = graph.constant(*op, "scale");
  if (!values || !scale) return std::nullopt;
  const Type& type = values->is_value() ? graph.type(values->value()) : values->literal().type();
  const Tensor scales = to_compute(scale->tensor());
  const bool by_output = scales.rank() == 0 || scales.size() == 1 || scales.shape()[0] == scales.size();
  const Constant* axis = op->argument("axis") ? graph.constant(*op, "axis") : nullptr;
  const bool first_axis = !axis || scales.size() == 1 || to_integers(axis->tensor()).at(0) == 0;
  if (type.dtype != DType::kInt8 || !by_output || !first_axis) return std::nullopt;
  return std::vector<float>(scales.as<float>().begin(), scales.as<float>().end());
}

struct Int8Product {
  int64_t n, k;
  std::vector<int8_t> weights;  // (n, k)
  std::vector<float> scales;    // of a product of levels, for each output
  std::vector<float> bias;      // of each output
  float x_scale;

  // Rows of x and of out: element i of row r at r * row + i * step.
  struct Rows {
    int64_t count, row, step, out_row, out_step;
  };

  void multiply(const Rows& rows, const float* x, float* out, int threads) const {
    parallel_for(threads, rows.count, 8, [&](int64_t begin, int64_t end) {
      std::vector<int8_t> levels(static_cast<size_t>(k));
      for (int64_t r = begin; r < end; ++r) {
        for (int64_t i = 0; i < k; ++i)
          levels[static_cast<size_t>(i)] =
              static_cast<int8_t>(std::clamp(std::round(x[r * rows.row + i * rows.step] / x_scale), -128.0F, 127.0F));
        for (int64_t j = 0; j < n; ++j) out[r * rows.out_row + j * rows.out_step] = sum(levels.data(), j);
      }
    });
  }

  float sum(const int8_t* levels, int64_t output) const {
    constexpr int64_t kLimit = int64_t{1} << 31;
    constexpr int64_t kBlock = 1 << 16;  // whose sum fits 32 bits
    const int8_t* weight = weights.data() + output * k;
    int64_t total = 0;
    for (int64_t begin = 0; begin < k; begin += kBlock) {
      int32_t part = 0;
      for (int64_t i = begin; i < std::min(k, begin + kBlock); ++i) part += int32_t{levels[i]} * int32_t{weight[i]};
      total += part;
      if (std::abs(total) >= kLimit)
        return std::copysign(std::numeric_limits<float>::infinity(), static_cast<float>(total));
    }
    const auto at = static_cast<size_t>(output);
    const double value = static_cast<double>(total) * static_cast<double>(scales[at]) + static_cast<double>(bias[at]);
    return kernels::ane::round_away(static_cast<float>(value));
  }
};

// Of weights (n, k), or (k, n) when not `outputs_first`.
std::optional<Int8Product> product_of(const Arguments& arguments, const KernelContext& context, const char* weight,
                                      bool outputs_first) {
  if (!context.family().multiplies_int8 || arguments.type("x").dtype != DType::kFloat16) return std::nullopt;
  const Op* source = producer(arguments, "x", context.graph);
  const Op* weights = producer(arguments, weight, context.graph);
  if (!source || source->type != "dequantize" || !weights) return std::nullopt;
  const bool is_affine = weights->type == "constexpr_affine_dequantize";
  if (!is_affine && weights->type != "constexpr_blockwise_shift_scale") return std::nullopt;
  const auto x_scale = int8_scales(source, "input", context.graph);
  auto scales = int8_scales(weights, is_affine ? "quantized_data" : "data", context.graph);
  const Tensor* values = arguments.known(weight);
  if (!x_scale || x_scale->size() != 1 || !scales || !values || values->dtype() != DType::kFloat32) return std::nullopt;
  if (!outputs_first && scales->size() != 1) return std::nullopt;
  Int8Product product;
  product.n = values->shape()[outputs_first ? 0 : 1];
  product.k = values->size() / std::max<int64_t>(1, product.n);
  product.x_scale = x_scale->front();
  const auto count = static_cast<size_t>(product.n);
  if (scales->size() == 1) scales->resize(count, scales->front());
  if (scales->size() != count || product.x_scale == 0) return std::nullopt;
  product.weights.resize(static_cast<size_t>(values->size()));
  for (int64_t j = 0; j < product.n; ++j) {
    const float scale = (*scales)[static_cast<size_t>(j)];
    if (scale == 0) return std::nullopt;
    for (int64_t i = 0; i < product.k; ++i) {
      const int64_t at = outputs_first ? j * product.k + i : i * product.n + j;
      product.weights[static_cast<size_t>(j * product.k + i)] = static_cast<int8_t>(
          std::clamp(std::round(values->as<float>()[static_cast<size_t>(at)] / scale), -128.0F, 127.0F));
    }
    product.scales.push_back(scale * product.x_scale);
  }
  product.bias.assign(count, 0.0F);
  if (!arguments.has("bias")) return product;
  const auto bias = constant_tensor(arguments, "bias");
  if (!bias || bias->dtype() != DType::kFloat32 || bias->size() != product.n) return std::nullopt;
  std::copy(bias->as<float>().begin(), bias->as<float>().end(), product.bias.begin());
  return product;
}

// Over the last axis of x.
PreparedKernel over_last_axis(Int8Product&& given) {
  return {[product = std::make_shared<const Int8Product>(std::move(given))](const Arguments& args, Results& results) {
            const Tensor& x = args.tensor("x");
            ConcreteShape shape = x.shape();
            shape.back() = product->n;
            Tensor& out = results.allocate(0, shape, DType::kFloat32);
            if (out.size() == 0) return;
            product->multiply({out.size() / product->n, product->k, 1, product->n, 1}, x.as<float>().data(),
                              out.as<float>().data(), results.threads());
          },
          {}};
}

std::optional<PreparedKernel> linear(const Arguments& arguments, const KernelContext& context) {
  auto product = product_of(arguments, context, "weight", true);
  if (!product) return std::nullopt;
  return over_last_axis(std::move(*product));
}

std::optional<PreparedKernel> matmul(const Arguments& arguments, const KernelContext& context) {
  if (arguments.type("x").rank() < 2 || arguments.type("y").rank() != 2 || arguments.flag("transpose_x"))
    return std::nullopt;
  auto product = product_of(arguments, context, "y", arguments.flag("transpose_y"));
  if (!product) return std::nullopt;
  return over_last_axis(std::move(*product));
}

std::optional<PreparedKernel> conv(const Arguments& arguments, const KernelContext& context) {
  if (!is_pointwise_convolution(arguments)) return std::nullopt;
  auto given = product_of(arguments, context, "weight", true);
  if (!given) return std::nullopt;
  return PreparedKernel{
      [product = std::make_shared<const Int8Product>(std::move(*given))](const Arguments& args, Results& results) {
        const Tensor& x = args.tensor("x");
        ConcreteShape shape = x.shape();
        shape[1] = product->n;
        Tensor& out = results.allocate(0, shape, DType::kFloat32);
        if (out.size() == 0) return;
        const int64_t positions = out.size() / (shape[0] * product->n);
        for (int64_t item = 0; item < shape[0]; ++item)
          product->multiply({positions, 1, positions, 1, positions},
                            x.as<float>().data() + item * product->k * positions,
                            out.as<float>().data() + item * product->n * positions, results.threads());
      },
      {}};
}

}  // namespace

void register_kernel_ane_int8(KernelTable& table);
void register_kernel_ane_int8(KernelTable& table) {
  table.add({"conv", conv, true});
  table.add({"linear", linear, true});
  table.add({"matmul", matmul, true});
}

}  // namespace anemone

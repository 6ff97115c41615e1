// SPDX-License-Identifier: Apache-2.0
// linear: x * transpose(weight) + bias over the last axis.
#include "ops/ops.h"
#include "ops/shared/cost.h"
#include "ops/shared/gemm.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const Type& weight = args.type("weight");
  if (!weight.ranked) return {Type::unranked(x.dtype)};
  if (weight.rank() != 2) fail("weight has rank {}, expected 2", weight.rank());
  if (args.has("bias") && args.type("bias").ranked) {
    const Type& bias = args.type("bias");
    if (bias.rank() != 1) fail("bias has rank {}, expected 1", bias.rank());
    if (provably_different(bias.shape[0], weight.shape[0])) {
      fail("bias has {} elements, expected {}", bias.shape[0].str(), weight.shape[0].str());
    }
  }
  if (!x.ranked) return {Type::unranked(x.dtype)};
  if (x.rank() == 0) fail("x is a scalar");
  if (provably_different(x.shape.back(), weight.shape[1])) {
    fail("the last dimension of x is {}, that of weight {}", x.shape.back().str(), weight.shape[1].str());
  }
  Shape shape = x.shape;
  shape.back() = weight.shape[0];
  return {Type::tensor(x.dtype, shape)};
}

template <typename T>
void add_bias(const Tensor& bias, Tensor& y) {
  using Sum = std::conditional_t<std::is_same_v<T, int32_t>, uint32_t, T>;  // integers wrap around
  const auto add = bias.as<T>();
  auto out = y.as<T>();
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<T>(static_cast<Sum>(out[i]) + static_cast<Sum>(add[i % add.size()]));
  }
}

template <typename T>
void compute(const Tensor& x, const Tensor& weight, const Tensor* bias, Tensor& y, int threads,
             std::optional<AneSums> ane = std::nullopt) {
  const int64_t width = weight.shape()[0];
  const int64_t depth = weight.shape()[1];
  const int64_t count = width == 0 ? 0 : y.size() / width;
  if (ane && bias != nullptr) ane->bias_of_column = bias->as<float>().data();
  const auto rows = strided_offsets(count, depth);
  const auto inner = strided_offsets(depth, 1);
  const auto units = strided_offsets(width, depth);
  const auto out_rows = strided_offsets(count, width);
  const auto out_units = strided_offsets(width, 1);
  multiply<T>({x.as<T>().data(), rows, inner}, {weight.as<T>().data(), inner, units},
              {y.as<T>().data(), out_rows, out_units}, threads, ane);
  if (bias != nullptr && !ane) add_bias<T>(*bias, y);
}

void run(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const Tensor& weight = args.tensor("weight");
  const Tensor* bias = args.has("bias") ? &args.tensor("bias") : nullptr;
  ConcreteShape shape = x.shape();
  shape.back() = weight.shape()[0];
  const auto is_int = [](const Tensor* tensor) { return tensor == nullptr || tensor->dtype() == DType::kInt32; };
  if (is_int(&x) && is_int(&weight) && is_int(bias)) {
    compute<int32_t>(x, weight, bias, results.allocate(0, shape, DType::kInt32), results.threads());
    return;
  }
  const Tensor float_bias = bias == nullptr ? Tensor() : as_float(*bias);
  bias = bias == nullptr ? nullptr : &float_bias;
  if (x.dtype() == DType::kFloat32) {
    compute<float>(x, as_float(weight), bias, results.allocate(0, shape, DType::kFloat32), results.threads(),
                   ane_sums(results, args.type("x")));
    return;
  }
  Tensor y(DType::kFloat32, shape);
  compute<float>(as_float(x), as_float(weight), bias, y, results.threads());
  results.set(0, converted(y, x.dtype()));
}

Cost cost(const Arguments& args, const std::vector<Type>& outputs) {
  const Type& weight = args.type("weight");
  const double depth = weight.is_concrete() ? static_cast<double>(weight.concrete()[1]) : 0;
  return cost_of(args, outputs, 2 * elements(outputs[0]) * depth);
}

std::vector<Sample> samples() {
  const Constant weight = floats({2, 3}, {1, 0, -1, 2, 1, 0.5F});
  return {
      {{{"x", floats({1, 2, 3}, {1, 2, 3, 4, 5, 6})}, {"weight", weight}, {"bias", floats({2}, {10, -1})}},
       {floats({1, 2, 2}, {8, 4.5F, 8, 15})},
       "by hand"},
      {{{"x", floats({3}, {1, 2, 3})}, {"weight", weight}}, {floats({2}, {-2, 5.5F})}, "by hand"},
      {{{"x", ints({1, 2}, {3, -4})}, {"weight", ints({2, 2}, {1, 1, 2, -1})}, {"bias", ints({2}, {5, 6})}},
       {ints({1, 2}, {4, 16})},
       "by hand"},
  };
}

AxesStatement axes(const Arguments& args) {
  AxesStatement statement;
  const std::string rows = axis_letters(args.type("x").rank() - 1);
  statement.operands = {{"x", 0, rows + "k"}, {"weight", 0, "ok"}};
  statement.outputs = {rows + "o"};
  statement.contracts = true;
  return statement;
}

}  // namespace

void register_op_linear(OpTable& table) {
  OpDefinition op;
  op.name = "linear";
  op.signatures = {
      signature(5, "x: T=fp16|fp32|int32, weight: T const, bias: T const ?"),
      signature(7, "x: T=fp16|fp32|int32, weight: U=fp16|fp32|int32 const, bias: U const ?"),
  };
  op.infer = infer;
  op.evaluate = run;
  op.axes = axes;
  op.cost = cost;
  op.samples = samples();
  table.add(std::move(op));
}

}  // namespace anemone

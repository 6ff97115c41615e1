// SPDX-License-Identifier: Apache-2.0
// quantize: clip(round(x / scale) + zero_point) to the range of uint8 or int8, halves to even, or away from zero as the
// Neural Engine has it. dequantize and
// constexpr_affine_dequantize: scale * (x - zero_point). Scale and zero point are scalars or vectors along an axis.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/ops.h"
#include "ops/shared/per_axis.h"

namespace anemone {
namespace {

constexpr int64_t kGrain = 16384;

DType quantized_type(const Arguments& args) {
  const std::string name = args.text("output_dtype");
  if (name == "int8") return DType::kInt8;
  if (name == "uint8") return DType::kUInt8;
  fail("output_dtype is {}, expected int8 or uint8", name);
}

std::vector<Type> infer_quantize(const Arguments& args) {
  Type result = args.type("input");
  result.dtype = quantized_type(args);
  if (args.has("zero_point") && args.type("zero_point").dtype != result.dtype)
    fail("zero_point is {}, the result {}", name_of(args.type("zero_point").dtype), name_of(result.dtype));
  check_per_axis(args, "input");
  if (const Tensor* scale = args.known("scale")) {
    const auto values = to_doubles(*scale);
    if (std::find(values.begin(), values.end(), 0.0) != values.end()) fail("scale contains 0");
  }
  return {result};
}

template <typename Q>
void quantize(const Tensor& x, const PerAxis& scale, const PerAxis& zero_point, Tensor& y, Results& results) {
  constexpr float kLow = std::numeric_limits<Q>::lowest();
  constexpr float kHigh = std::numeric_limits<Q>::max();
  const auto from = x.as<float>();
  auto to = y.as<Q>();
  const bool away = results.numerics() == Numerics::kAne;
  const auto nearest = [away](float value) { return away ? std::round(value) : std::nearbyint(value); };
  parallel_for(results.threads(), x.size(), kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const float level = nearest(from[static_cast<size_t>(i)] / scale.at(i)) + zero_point.at(i);
      to[static_cast<size_t>(i)] = std::isnan(level) ? Q{} : static_cast<Q>(std::clamp(level, kLow, kHigh));
    }
  });
}

void run_quantize(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("input");
  const PerAxis scale(args, "scale", x.shape());
  const PerAxis zero_point(args, "zero_point", x.shape());
  const DType dtype = quantized_type(args);
  Tensor& y = results.allocate(0, x.shape(), dtype);
  if (dtype == DType::kInt8)
    quantize<int8_t>(x, scale, zero_point, y, results);
  else
    quantize<uint8_t>(x, scale, zero_point, y, results);
}

std::vector<Type> infer_dequantize(const Arguments& args, const char* data) {
  Type result = args.type(data);
  result.dtype = args.type("scale").dtype;
  check_per_axis(args, data);
  return {result};
}

void run_dequantize(const Arguments& args, Results& results, const char* data) {
  infer_dequantize(args, data);  // scales that were not known before
  const Tensor& x = args.tensor(data);
  const PerAxis scale(args, "scale", x.shape());
  const PerAxis zero_point(args, "zero_point", x.shape());
  Tensor& y = results.allocate(0, x.shape(), DType::kFloat32);
  float* to = y.as<float>().data();
  with_element_type(x.dtype(), [&](auto element) {
    const auto* from = x.as<decltype(element)>().data();
    parallel_for(results.threads(), x.size(), kGrain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end;) {
        const int64_t stop = std::min({end, scale.end_of_run(i), zero_point.end_of_run(i)});
        const float factor = scale.at(i);
        const float zero = zero_point.at(i);
        for (; i < stop; ++i) to[i] = factor * (static_cast<float>(from[i]) - zero);
      }
    });
  });
}

void set_dequantize(OpDefinition& op, const char* data) {
  op.infer = [data](const Arguments& args) { return infer_dequantize(args, data); };
  op.evaluate = [data](const Arguments& args, Results& results) { run_dequantize(args, results, data); };
}

void add_quantize(OpTable& table) {
  OpDefinition op;
  op.name = "quantize";
  op.signatures = {signature(7,
                             "input: SrcT=fp16|fp32, zero_point: DstT=uint8|int8 const ?, scale: SrcT const, "
                             "axis: int32 const ?, output_dtype: string const")};
  op.infer = infer_quantize;
  op.evaluate = run_quantize;
  op.samples = {
      {{{"input", floats({2, 2}, {0.25F, -0.75F, 100, -3})},
        {"scale", Constant::of(0.5F)},
        {"zero_point", ints({}, {3}, DType::kInt8)},
        {"output_dtype", "int8"}},
       {ints({2, 2}, {3, 1, 127, -3}, DType::kInt8)},
       "by hand",
       0,
       0},
      {{{"input", floats({2, 2}, {1, 2, 3, 4})},
        {"scale", floats({2}, {1, 2})},
        {"axis", 0},
        {"output_dtype", "uint8"}},
       {ints({2, 2}, {1, 2, 2, 2}, DType::kUInt8)},
       "by hand",
       0,
       0},
  };
  table.add(std::move(op));
}

void add_dequantize(OpTable& table) {
  OpDefinition op;
  op.name = "dequantize";
  op.signatures = {signature(7,
                             "input: SrcT=uint8|int8, zero_point: SrcT const ?, scale: DstT=fp16|fp32 const, "
                             "axis: int32 const ?")};
  set_dequantize(op, "input");
  op.samples = {{{{"input", ints({2, 2}, {-1, 0, 10, 127}, DType::kInt8)},
                  {"scale", floats({2}, {0.5F, 2})},
                  {"zero_point", ints({2}, {1, -1}, DType::kInt8)},
                  {"axis", 1}},
                 {floats({2, 2}, {-1, 2, 4.5F, 256})},
                 "by hand",
                 1e-6,
                 0}};
  table.add(std::move(op));
}

void add_constexpr(OpTable& table) {
  OpDefinition op;
  op.name = "constexpr_affine_dequantize";
  op.signatures = {signature(6,
                             "quantized_data: SrcT=uint8|int8 const, zero_point: ZeroPointT=uint8|int8|fp32 const, "
                             "scale: DstT=fp16|fp32 const, axis: int32 const")};
  set_dequantize(op, "quantized_data");
  op.samples = {{{{"quantized_data", ints({2, 2}, {0, 128, 255, 1}, DType::kUInt8)},
                  {"scale", floats({2}, {0.5F, 2}, DType::kFloat16)},
                  {"zero_point", ints({}, {128}, DType::kUInt8)},
                  {"axis", 0}},
                 {floats({2, 2}, {-64, 0, 254, -254}, DType::kFloat16)},
                 "by hand",
                 1e-6,
                 0}};
  table.add(std::move(op));
}

}  // namespace

void register_op_quantize(OpTable& table) {
  add_quantize(table);
  add_dequantize(table);
  add_constexpr(table);
}

}  // namespace anemone

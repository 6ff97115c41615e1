// SPDX-License-Identifier: Apache-2.0
#include "import/blocks/attention.h"

#include <cmath>

#include "base/error.h"

namespace anemone {
namespace {

constexpr float kMasked = -1e4F;

Arg ints_of(const char* name, const ConcreteShape& shape) {
  return {name, std::vector<int32_t>(shape.begin(), shape.end())};
}

// (B, S, channels) -> (B, heads, S, channels / heads)
ValueId split_heads(const Module& module, ValueId x, int64_t heads, const std::string& part) {
  const ConcreteShape shape = module.model().shape(x);
  const ConcreteShape split = {shape[0], shape[1], heads, shape[2] / heads};
  const ValueId parts = module.op("reshape", {{"x", x}, ints_of("shape", split)}, part + "_heads");
  return module.op("transpose", {{"x", parts}, {"perm", {0, 2, 1, 3}}}, part);
}

// (B, heads, S, d) -> (B, S, heads * d)
ValueId join_heads(const Module& module, ValueId x) {
  const ConcreteShape shape = module.model().shape(x);
  const ValueId moved = module.op("transpose", {{"x", x}, {"perm", {0, 2, 1, 3}}}, "context_heads");
  return module.op("reshape", {{"x", moved}, ints_of("shape", {shape[0], shape[2], shape[1] * shape[3]})}, "joined");
}

ValueId matmul(const Module& module, ValueId x, ValueId y, bool transpose_y, const std::string& part) {
  return module.op("matmul", {{"x", x}, {"y", y}, {"transpose_x", false}, {"transpose_y", transpose_y}}, part);
}

}  // namespace

ValueId padding_bias(const Module& module, ValueId mask) {
  const char* dtype = module.model().precision() == DType::kFloat16 ? "fp16" : "fp32";
  const ValueId number = module.op("cast", {{"x", mask}, {"dtype", dtype}}, "attention_mask_as_number");
  const ValueId absent = module.op("sub", {{"x", Constant::of(1.0F)}, {"y", number}}, "attention_mask_absent");
  const ValueId bias = module.op("mul", {{"x", absent}, {"y", Constant::of(kMasked)}}, "attention_mask_bias");
  return module.op("expand_dims", {{"x", bias}, {"axes", {1, 2}}}, "attention_bias");
}

ValueId attention(const Module& module, ValueId q, ValueId k, ValueId v, int64_t heads, std::optional<ValueId> bias) {
  const int64_t channels = module.model().shape(q).back();
  CHECK(channels % heads == 0);
  // Before the product, so that scores of half precision stay small.
  const float scale = 1.0F / std::sqrt(static_cast<float>(channels / heads));
  const ValueId scaled = module.op("mul", {{"x", q}, {"y", Constant::of(scale)}}, "scaled_query");
  const ValueId query = split_heads(module, scaled, heads, "query");
  const ValueId key = split_heads(module, k, heads, "key");
  const ValueId value = split_heads(module, v, heads, "value");
  ValueId scores = matmul(module, query, key, true, "scores");
  if (bias) scores = module.op("add", {{"x", scores}, {"y", *bias}}, "masked_scores");
  const ValueId weights = module.op("softmax", {{"x", scores}, {"axis", -1}}, "weights");
  return join_heads(module, matmul(module, weights, value, false, "context"));
}

}  // namespace anemone

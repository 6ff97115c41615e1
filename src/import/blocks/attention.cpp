// SPDX-License-Identifier: Apache-2.0
#include "import/blocks/attention.h"

#include <cmath>

#include "base/error.h"

namespace anemone {
namespace {

constexpr float kMasked = -1e4F;
constexpr int64_t kLongestCausal = 16384;  // the Neural Engine's largest dimension; the table is its square

Arg ints_of(const char* name, const ConcreteShape& shape) {
  return {name, std::vector<int32_t>(shape.begin(), shape.end())};
}

ValueId reshaped(const Module& module, ValueId x, const ConcreteShape& shape, const std::string& part) {
  if (module.model().shape(x) == shape) return x;
  return module.op("reshape", {{"x", x}, ints_of("shape", shape)}, part);
}

// The query before the product instead of the scores after it, which in half precision stay small that way.
ValueId scaled(const Module& module, ValueId q, std::optional<double> scale, int64_t head_size) {
  const double factor = scale.value_or(1 / std::sqrt(static_cast<double>(head_size)));
  if (factor == 1) return q;
  return module.op("mul", {{"x", q}, {"y", Constant::of(static_cast<float>(factor))}}, "scaled_query");
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

ValueId causal_bias(const Module& module, int64_t length, int64_t window) {
  if (length > kLongestCausal)
    fail("--sequence-length: {}: a causal model takes at most {} tokens at once", length, kLongestCausal);
  Tensor table(DType::kFloat32, {1, 1, length, length});
  auto to = table.as<float>();
  for (int64_t query = 0; query < length; ++query)
    for (int64_t key = 0; key < length; ++key) {
      const bool seen = key <= query && (window == 0 || query - key < window);
      to[static_cast<size_t>(query * length + key)] = seen ? 0 : kMasked;
    }
  return module.constant(Constant(std::move(table)), "causal_bias");
}

std::optional<ValueId> sum_of_biases(const Module& module, std::optional<ValueId> a, std::optional<ValueId> b) {
  if (!a || !b) return a ? a : b;
  return module.op("add", {{"x", *a}, {"y", *b}}, "bias");
}

ValueId split_heads(const Module& module, ValueId x, int64_t heads, const std::string& part) {
  const ConcreteShape shape = module.model().shape(x);
  CHECK(shape[2] % heads == 0);
  const ConcreteShape split = {shape[0], shape[1], heads, shape[2] / heads};
  const ValueId parts = module.op("reshape", {{"x", x}, ints_of("shape", split)}, part + "_heads");
  return module.op("transpose", {{"x", parts}, {"perm", {0, 2, 1, 3}}}, part);
}

ValueId attend(const Module& module, ValueId q, ValueId k, ValueId v, const AttentionOptions& options) {
  const ConcreteShape queries = module.model().shape(q);
  const ConcreteShape keys = module.model().shape(k);
  CHECK(queries[1] % keys[1] == 0);
  // The heads of a group are more queries for the same keys, so that keys need not be repeated.
  const int64_t grouped = queries[1] / keys[1] * queries[2];
  q = scaled(module, q, options.scale, queries[3]);
  q = reshaped(module, q, {queries[0], keys[1], grouped, queries[3]}, "grouped_query");
  ValueId scores = matmul(module, q, k, true, "scores");
  scores = reshaped(module, scores, {queries[0], queries[1], queries[2], keys[2]}, "scores_of_heads");
  if (options.bias) scores = module.op("add", {{"x", scores}, {"y", *options.bias}}, "masked_scores");
  ValueId weights = module.op("softmax", {{"x", scores}, {"axis", -1}}, "weights");
  weights = reshaped(module, weights, {queries[0], keys[1], grouped, keys[2]}, "grouped_weights");
  const ConcreteShape values = module.model().shape(v);
  const ValueId context = matmul(module, weights, v, false, "context");
  return join_heads(module,
                    reshaped(module, context, {queries[0], queries[1], queries[2], values[3]}, "context_of_heads"));
}

ValueId attention(const Module& module, ValueId q, ValueId k, ValueId v, int64_t heads,
                  const AttentionOptions& options) {
  q = scaled(module, q, options.scale, module.model().shape(q).back() / heads);
  return attend(module, split_heads(module, q, heads, "query"), split_heads(module, k, heads, "key"),
                split_heads(module, v, heads, "value"), {1, options.bias});
}

}  // namespace anemone

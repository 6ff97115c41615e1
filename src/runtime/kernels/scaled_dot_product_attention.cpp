// SPDX-License-Identifier: Apache-2.0
// Attention as one op, with a mask of numbers or none.
#include <cmath>

#include "kernels/attention/attention.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

using kernels::AttentionShape;
using kernels::ElementStep;
using kernels::MatrixAt;
using kernels::ScoreStep;

// Strides of all axes; 0 for those that a shape of lower rank lacks or has once.
std::vector<int64_t> broadcast_strides(const ConcreteShape& shape, size_t rank) {
  std::vector<int64_t> strides(rank, 0);
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0; stride *= shape[i])
    if (shape[i] != 1) strides[rank - shape.size() + i] = stride;
  return strides;
}

MatrixAt matrix_of(const ConcreteShape& shape) {
  std::vector<int64_t> strides = broadcast_strides(shape, shape.size());
  strides.resize(shape.size() - 2);
  return {strides, shape.back(), 1};
}

ScoreStep scaled_by(float factor) {
  ElementStep step;
  step.kind = ElementStep::Kind::kNumber;
  step.binary = kernels::Binary::kMul;
  step.number = factor;
  return {step, {}};
}

ScoreStep masked_by(const Tensor& mask, size_t rank) {
  std::vector<int64_t> strides = broadcast_strides(mask.shape(), rank);
  ElementStep step;
  step.kind = ElementStep::Kind::kMatrix;
  step.binary = kernels::Binary::kAdd;
  step.matrix = mask.as<float>().data();
  step.column_stride = strides[rank - 1];
  step.row_stride = strides[rank - 2];
  strides.resize(rank - 2);
  return {step, strides};
}

void run(const Arguments& args, Results& results) {
  const Tensor& query = args.tensor("query");
  const Tensor& key = args.tensor("key");
  const Tensor& value = args.tensor("value");
  ConcreteShape shape = query.shape();
  const size_t rank = shape.size();
  shape.back() = value.shape().back();
  Tensor& out = results.allocate(0, shape, DType::kFloat32);
  if (out.size() == 0) return;
  AttentionShape sizes;
  sizes.batch.assign(shape.begin(), shape.end() - 2);
  sizes.queries = shape[rank - 2];
  sizes.keys = key.shape()[rank - 2];
  sizes.depth = query.shape().back();
  sizes.width = shape.back();
  sizes.q = matrix_of(query.shape());
  sizes.k = matrix_of(key.shape());
  sizes.v = matrix_of(value.shape());
  sizes.out = matrix_of(shape);
  std::vector<ScoreStep> steps = {scaled_by(1.0F / std::sqrt(static_cast<float>(sizes.depth)))};
  if (args.has("attn_mask")) steps.push_back(masked_by(args.tensor("attn_mask"), rank));
  kernels::attention(results.threads(), sizes, steps, query.as<float>().data(), key.as<float>().data(),
                     value.as<float>().data(), out.as<float>().data());
}

std::optional<PreparedKernel> prepare(const Arguments& args, const KernelContext&) {
  const Type& query = args.type("query");
  const Type& key = args.type("key");
  if (!query.ranked || !key.ranked || query.rank() < 3) return std::nullopt;
  if (args.has("attn_mask") && !is_float(args.type("attn_mask").dtype)) return std::nullopt;
  return PreparedKernel{run, {}};
}

}  // namespace

void register_kernel_scaled_dot_product_attention(KernelTable& table);
void register_kernel_scaled_dot_product_attention(KernelTable& table) {
  table.add({"scaled_dot_product_attention", prepare});
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Matrix products. The estimate of `linear` grows with the square of the input features and ignores the output features
// (768 -> 768 and 768 -> 3072 have one cost, 3072 -> 768 has 16 times as much); weights below 192 KiB are believed nine
// times slower. Products of two activations cost bytes on the Neural Engine and the GPU, flops on the CPU.
#include "placement/estimate.h"

namespace anemone {
namespace {

constexpr double kSmallWeights = 196608;  // bytes; recorded between 128 and 256 KiB
constexpr double kDeep = 100;             // flops a byte; recorded between 85 and 118

OpWork linear(const OpView& op) {
  const Type* x = op.input("x");
  const Type* weight = op.input("weight");
  if (!x || !weight || x->rank() == 0 || !x->shape.back().is_constant()) return OpWork::everywhere(streamed(op));
  const double features = static_cast<double>(x->shape.back().value());
  const double flops = 2 * elements_of(*x) * features;
  const double bytes = bytes_of(*x) + bytes_of(*weight) + bytes_of(op.output());
  const char* leaf = bytes_of(*weight) < kSmallWeights ? "linear.small"
                     : flops < kDeep * bytes           ? "linear.large"
                                                       : "linear.deep";
  return OpWork::everywhere({leaf, flops});
}

OpWork product(double flops, double bytes) {
  const Work moved{"stream", bytes};
  return {{moved}, {moved}, {{"matmul", flops}}};
}

OpWork matmul(const OpView& op) {
  const Type* x = op.input("x");
  const Type* y = op.input("y");
  if (!x || !y || x->rank() == 0) return OpWork::everywhere(streamed(op));
  const bool transposed = op.flag("transpose_x") && x->rank() > 1;
  const Dim& inner = x->shape[x->shape.size() - (transposed ? 2 : 1)];
  const double depth = inner.is_constant() ? static_cast<double>(inner.value()) : 0;
  return product(2 * depth * elements_of(op.output()), bytes_of(*x) + bytes_of(*y) + bytes_of(op.output()));
}

OpWork einsum(const OpView& op) {
  const Type* a = op.input("values", 0);
  const Type* b = op.input("values", 1);
  if (!a || !b) return OpWork::everywhere(streamed(op));
  return product(flops_of(op), bytes_of(*a) + bytes_of(*b) + bytes_of(op.output()));
}

}  // namespace

void register_estimate_products(EstimateTable& table) {
  table.add({"linear"}, linear);
  table.add({"matmul"}, matmul);
  table.add({"einsum"}, einsum);
}

}  // namespace anemone

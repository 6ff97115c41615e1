// SPDX-License-Identifier: Apache-2.0
// Convolutions cost their flops at one of three speeds, which the ratio of flops to bytes decides: up to 13.7 flops a
// byte (depthwise, thin pointwise, one channel) they are thin, from 17.7 to 56 medium, from 71 on dense. Each dilated
// axis divides the flops by its dilation. Transposed convolutions have their own speed, another one in 1-D and 3-D.
#include <algorithm>

#include "placement/estimate.h"

namespace anemone {
namespace {

constexpr double kMedium = 16;  // flops a byte; recorded between 13.7 and 17.7
constexpr double kDense = 64;   // recorded between 56 and 70.7

double dim(const Type& type, size_t axis) {
  return type.shape[axis].is_constant() ? static_cast<double>(type.shape[axis].value()) : 0;
}

bool has_weight(const OpView& op) {
  const Type* weight = op.input("weight");
  return weight && weight->is_tensor() && weight->rank() >= 3 && op.input("x");
}

OpWork convolution(const OpView& op) {
  if (!has_weight(op)) return OpWork::everywhere(streamed(op));
  const Type& weight = *op.input("weight");
  const double taps = elements_of(weight) / std::max(1.0, dim(weight, 0));
  double flops = (2 * taps + (op.has("bias") ? 1 : 0)) * elements_of(op.output());
  for (const int64_t dilation : op.integers("dilations").value_or(std::vector<int64_t>{}))
    flops /= static_cast<double>(std::max<int64_t>(1, dilation));
  const double bytes = bytes_of(*op.input("x")) + bytes_of(weight) + bytes_of(op.output());
  const double intensity = bytes > 0 ? flops / bytes : 0;
  const char* leaf = intensity < kMedium ? "conv.thin" : intensity < kDense ? "conv.medium" : "conv.dense";
  return OpWork::everywhere({leaf, flops});
}

OpWork transposed(const OpView& op) {
  if (!has_weight(op)) return OpWork::everywhere(streamed(op));
  const Type& weight = *op.input("weight");  // [in, out / groups, kernel...]
  const double groups = static_cast<double>(std::max<int64_t>(1, op.integer("groups", 1)));
  const double taps = elements_of(weight) / std::max(1.0, dim(weight, 1));
  const char* leaf = weight.rank() == 4 ? "conv_transpose" : "conv_transpose.volume";
  return OpWork::everywhere({leaf, 2 * taps / groups * elements_of(op.output())});
}

// A bilinear upsampling is a transposed convolution to the compiler, with a cost a result.
OpWork upsampled(const OpView& op) { return OpWork::everywhere({"upsample_bilinear", elements_of(op.output())}); }

}  // namespace

void register_estimate_convolution(EstimateTable& table) {
  table.add({"conv"}, convolution);
  table.add({"conv_transpose"}, transposed);
  table.add({"upsample_bilinear"}, upsampled);
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "runtime/shared/packed_linear.h"

#include "runtime/kernel.h"

namespace anemone {

std::optional<PackedLinear> pack_linear(const Arguments& arguments, const RunOptions& options) {
  if (!is_float(arguments.type("x").dtype)) return std::nullopt;
  const auto weight = constant_tensor(arguments, "weight");
  if (!weight || weight->dtype() != DType::kFloat32 || weight->rank() != 2) return std::nullopt;
  PackedLinear packed;
  if (arguments.has("bias")) {
    packed.bias = constant_tensor(arguments, "bias");
    if (!packed.bias || packed.bias->dtype() != DType::kFloat32) return std::nullopt;
  }
  const int64_t n = weight->shape()[0];
  const int64_t k = weight->shape()[1];
  packed.weights = std::make_shared<const kernels::PackedMatrix>(
      options.threads, weight->as<float>().data(), kernels::PackedMatrix::Layout::kNk, n, k, k, options.products);
  return packed;
}

}  // namespace anemone

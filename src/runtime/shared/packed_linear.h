// SPDX-License-Identifier: Apache-2.0
// The weights of linear ops as the products want them.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "ir/op_definition.h"
#include "kernels/gemm/packed_matrix.h"

namespace anemone {

// What products with weights are rounded to under these numerics.
kernels::Precision product_precision(Numerics numerics);

struct PackedLinear {
  std::shared_ptr<const kernels::PackedMatrix> weights;
  std::optional<Tensor> bias;

  const float* bias_data() const { return bias ? bias->as<float>().data() : nullptr; }
};

// Nothing when weight or bias are no float constants, or the numerics have no product.
std::optional<PackedLinear> pack_linear(const Arguments& arguments, Numerics numerics, int threads);

// The same, once for each op.
class PackedLinears {
 public:
  std::optional<PackedLinear> get(const Arguments& arguments, Numerics numerics, int threads) {
    const auto [entry, fresh] = made_.try_emplace(&arguments.op());
    if (fresh) entry->second = pack_linear(arguments, numerics, threads);
    return entry->second;
  }

 private:
  std::map<const Op*, std::optional<PackedLinear>> made_;
};

}  // namespace anemone

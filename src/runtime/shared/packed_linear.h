// SPDX-License-Identifier: Apache-2.0
// The weights of linear ops as the products want them.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "ir/op_definition.h"
#include "kernels/gemm/packed_matrix.h"
#include "runtime/executable.h"

namespace anemone {

struct PackedLinear {
  std::shared_ptr<const kernels::PackedMatrix> weights;
  std::optional<Tensor> bias;

  const float* bias_data() const { return bias ? bias->as<float>().data() : nullptr; }
};

// Nothing when weight or bias are no float constants.
std::optional<PackedLinear> pack_linear(const Arguments& arguments, const RunOptions& options);

// The same, once for each op.
class PackedLinears {
 public:
  std::optional<PackedLinear> get(const Arguments& arguments, const RunOptions& options) {
    const auto [entry, fresh] = made_.try_emplace(&arguments.op());
    if (fresh) entry->second = pack_linear(arguments, options);
    return entry->second;
  }

 private:
  std::map<const Op*, std::optional<PackedLinear>> made_;
};

}  // namespace anemone

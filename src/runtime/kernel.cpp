// SPDX-License-Identifier: Apache-2.0
#include "runtime/kernel.h"

#include <algorithm>

namespace anemone {

bool KernelTable::serves(std::string_view op) const {
  return std::any_of(kernels_.begin(), kernels_.end(), [&](const Kernel& kernel) { return kernel.op == op; });
}

std::optional<PreparedKernel> KernelTable::prepare(const Arguments& arguments, Numerics numerics, int threads) const {
  for (const Kernel& kernel : kernels_)
    if (kernel.op == arguments.op().type)
      if (auto prepared = kernel.prepare(arguments, numerics, threads)) return prepared;
  return std::nullopt;
}

const KernelTable& kernel_table() {
  static const KernelTable table = [] {
    KernelTable all;
    register_all_kernel(all);
    return all;
  }();
  return table;
}

std::optional<Tensor> constant_tensor(const Arguments& arguments, std::string_view name) {
  if (const Tensor* value = arguments.known(name)) return *value;
  if (!arguments.has(name)) return std::nullopt;
  const Constant* constant = arguments.constant(name);
  if (!constant) return std::nullopt;
  Tensor tensor = constant->tensor();
  constant->release();
  return tensor;
}

}  // namespace anemone

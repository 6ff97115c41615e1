// SPDX-License-Identifier: Apache-2.0
// Fast ways to evaluate an op. A kernel has the form of OpDefinition::evaluate and must give the same results up to
// the order of summation; it is chosen while a plan is made, when its condition holds, and any run can switch all of
// them off to compare. One file in runtime/kernels registers the kernels of one op or family.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ir/op_definition.h"

namespace anemone {

struct PreparedKernel {
  std::function<void(const Arguments&, Results&)> run;
  // Constant arguments that were taken over while preparing (packed weights): they are not kept in plain form.
  std::set<std::string> absorbed;
};

struct Kernel {
  std::string op;
  // Looks at the argument types and constants; nothing when the condition does not hold. Called once for an op,
  // whatever shapes it is run with later: of the types only ranks, element types and constants may be relied on.
  std::function<std::optional<PreparedKernel>(const Arguments&, Numerics, int threads)> prepare;
};

class KernelTable {
 public:
  void add(Kernel kernel) { kernels_.push_back(std::move(kernel)); }
  // The first kernel of the op whose condition holds.
  std::optional<PreparedKernel> prepare(const Arguments& arguments, Numerics numerics, int threads) const;
  bool serves(std::string_view op) const;  // under some condition

 private:
  std::vector<Kernel> kernels_;
};

void register_all_kernel(KernelTable& table);
const KernelTable& kernel_table();

// A constant argument in compute form, made now if need be; nothing when it is not constant.
std::optional<Tensor> constant_tensor(const Arguments& arguments, std::string_view name);

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Ways to evaluate an op that stand in for OpDefinition::evaluate, chosen while a plan is made, when their condition
// holds. A fast one gives the same results up to the order of summation, and any run can switch all of them off to
// compare. One that is bound to the Neural Engine's numerics says how the engine computes the op, and is never switched
// off. One file in runtime/kernels registers the kernels of one op or family.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "ir/op_definition.h"
#include "runtime/executable.h"

namespace anemone {

struct PreparedKernel {
  std::function<void(const Arguments&, Results&)> run;
  // Constant arguments that were taken over while preparing (packed weights): they are not kept in plain form.
  std::set<std::string> absorbed;
};

struct KernelContext {
  const RunOptions& options;
  const Graph& graph;

  const kernels::ane::Family& family() const;
};

struct Kernel {
  std::string op;
  // Looks at the argument types and constants; nothing when the condition does not hold. Called once for an op,
  // whatever shapes it is run with later: of the types only ranks, element types and constants may be relied on.
  std::function<std::optional<PreparedKernel>(const Arguments&, const KernelContext&)> prepare;
  bool of_ane = false;  // serves Numerics::kAne, else the other numerics
};

class KernelTable {
 public:
  void add(Kernel kernel) { kernels_.push_back(std::move(kernel)); }
  // The first kernel of the op for these numerics whose condition holds. With Numerics::kAne, elementwise ops that have
  // none of their own read specials.
  std::optional<PreparedKernel> prepare(const Arguments& arguments, const KernelContext& context) const;
  bool serves(std::string_view op) const;  // under some condition

 private:
  std::optional<PreparedKernel> find(const Arguments& arguments, const KernelContext& context, bool of_ane) const;

  std::vector<Kernel> kernels_;
};

// The same arguments with other values of some, which have one operand each; the caller keeps the values alive.
Arguments replaced(const Arguments& args, const std::map<std::string, Tensor>& values);

// The Neural Engine reads infinities and NaN as numbers (kernels/ane/half.h): a copy that holds these, and an
// evaluation that is given such copies of its half arguments where need be.
Tensor decoded_copy(const Tensor& tensor);
std::function<void(const Arguments&, Results&)> reading_specials(std::function<void(const Arguments&, Results&)> run);

void register_all_kernel(KernelTable& table);
const KernelTable& kernel_table();

// A constant argument in compute form, made now if need be; nothing when it is not constant.
std::optional<Tensor> constant_tensor(const Arguments& arguments, std::string_view name);

}  // namespace anemone

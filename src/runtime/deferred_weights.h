// SPDX-License-Identifier: Apache-2.0
// Decompressed weights while a plan is made. Large ones are not made with the plan but when an op asks for them: as
// long as there is room under RunOptions::decompressed_limit once, to be kept in whatever form the op wants them, and
// from then on anew in every run, for the time of the op's step.
#pragma once

#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "runtime/expansion.h"

namespace anemone {

class DeferredWeights {
 public:
  DeferredWeights(const Graph& graph, const Plan& plan, Prepared& prepared, const RunOptions& options);

  bool is_deferred(const Operand& operand) const { return operand.is_value() && deferred_[operand.value()]; }
  // Whether the results of an op that follow from constants are to be deferred: large ones of decompression, and of
  // what is computed from these, if only ops of the function's body read them.
  bool defers(const Op& op) const;
  void defer(const Op& op);

  // Whether an op keeps its deferred operands: the first do, while there is room. Decided once for all plans.
  bool keeps(const Op& op);
  // The step reads its deferred operands as they are, but for the absorbed ones: puts them into their slots, or says
  // that the step is to make them.
  void hold(const Op& op, const std::set<std::string>& absorbed, Expansion& values, Plan& plan, Step& step);

 private:
  std::vector<ValueId> operands(const Op& op, const std::set<std::string>& but = {}) const;

  const Graph& graph_;
  const Plan& plan_;
  Prepared& prepared_;
  const RunOptions& options_;
  std::vector<bool> deferred_;  // by ValueId
  std::unordered_set<const Op*> body_;
};

// Bytes of a tensor in compute form. Error when they are too many.
size_t compute_bytes(const Type& type);

}  // namespace anemone

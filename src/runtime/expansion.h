// SPDX-License-Identifier: Apache-2.0
// Values that follow from constants alone, made when they are asked for: decompressed weights and what is computed from
// them. One of these lives as long as its values are needed, which may be a single step.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "runtime/plan.h"

namespace anemone {

class Expansion {
 public:
  // The plan's slots hold what is known already; its types are those of the operands.
  Expansion(const Graph& graph, Plan& plan, const RunOptions& options)
      : graph_(graph), plan_(plan), options_(options) {}

  // The results of an op of which all operands are constants or such results. What is known beforehand is computed by
  // whoever compiles the program, so numerics of the Neural Engine do not apply.
  std::vector<Tensor> evaluate(const Op& op);
  // One such result.
  const Tensor& value(ValueId id);

 private:
  const Tensor* known(const Operand& operand, std::deque<Tensor>& constants);

  const Graph& graph_;
  Plan& plan_;
  const RunOptions& options_;
  std::map<ValueId, Tensor> made_;
};

}  // namespace anemone

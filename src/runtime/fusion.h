// SPDX-License-Identifier: Apache-2.0
// Several ops computed together: a product with what follows it, attention without its transposes. A fusion gives the
// bits that its ops give one by one, and joins ops only where no result between them is rounded: it is used when the
// numerics keep float32 between ops, and any run can switch all of them off. One file in runtime/fusions registers the
// fusions of one pattern.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "ir/op_definition.h"
#include "runtime/executable.h"

namespace anemone {

// Writes all outputs. Tensors have the shapes that the run was prepared for and stand in the order of the group.
using FusedRun =
    std::function<void(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs, int threads)>;

// What a fusion knows of its ops in one plan: types with the plan's shapes, constants.
class FusedOps {
 public:
  explicit FusedOps(const std::vector<Arguments>& arguments) {
    for (const Arguments& entry : arguments) arguments_.emplace(&entry.op(), &entry);
  }
  const Arguments& operator[](const Op& op) const { return *arguments_.at(&op); }

 private:
  std::map<const Op*, const Arguments*> arguments_;
};

struct FusedGroup {
  std::vector<const Op*> ops;
  std::vector<ValueId> inputs;   // all values that the ops read from elsewhere, but for constants (is_constant)
  std::vector<ValueId> outputs;  // all values of theirs that others read
  // Called for each plan; nothing when these shapes or types do not fit, and the ops run one by one. What does not
  // depend on shapes (packed weights) is made in the first call and kept.
  std::function<std::optional<FusedRun>(const FusedOps&, const RunOptions&)> prepare;
};

// Whether every plan knows the operand: a constant, or the result of a constexpr op.
bool is_constant(const Graph& graph, const Operand& operand);

struct Fusion {
  std::string name;
  // Groups that this op anchors.
  std::function<std::vector<FusedGroup>(const Graph&, const Op&)> find;
};

class FusionTable {
 public:
  void add(Fusion fusion) { fusions_.push_back(std::move(fusion)); }
  std::vector<FusedGroup> find(const Graph& graph, const Op& op) const;

 private:
  std::vector<Fusion> fusions_;
};

void register_all_fusion(FusionTable& table);
const FusionTable& fusion_table();

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Takes out ops whose results nobody uses.
//
//     a = relu(x)      ->    b = tanh(x)  -> (b)
//     b = tanh(x)  -> (b)
//
// State writes, and control flow that holds one, stay. So does one use of every input, as coremltools has it (its pass
// handle_unused_inputs): an input that loses its last user gets an identity op.
#include <unordered_set>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

class Liveness {
 public:
  explicit Liveness(const Graph& graph) : graph_(graph) { block(graph.function().body); }

  bool used(ValueId value) const { return used_.count(value) > 0; }
  const std::set<ValueId>& dead() const { return dead_; }
  void keep(ValueId op) { dead_.erase(op); }

 private:
  // From the last op to the first: whoever uses a value has been seen before the op that makes it.
  void block(const Block& block) {
    used_.insert(block.outputs.begin(), block.outputs.end());
    for (auto op = block.ops.rbegin(); op != block.ops.rend(); ++op) {
      if (!needed(**op)) {
        dead_.insert((*op)->id());
        continue;
      }
      for (const Block& nested : (*op)->blocks) this->block(nested);
      for (const Argument& argument : (*op)->arguments)
        for (const Operand& operand : argument.operands)
          if (operand.is_value()) used_.insert(operand.value());
    }
  }

  bool needed(const Op& op) const {
    for (const Output& output : op.outputs)
      if (used(output.id)) return true;
    return has_effect(op);
  }

  bool has_effect(const Op& op) const {
    bool writes = false;
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands)
        writes |= operand.is_value() && graph_.type(operand.value()).is_state() && op.type != "read_state";
    for (const Block& nested : op.blocks)
      for (const OpPtr& each : nested.ops) writes |= has_effect(*each);
    return writes;
  }

  const Graph& graph_;
  std::unordered_set<ValueId> used_;
  std::set<ValueId> dead_;
};

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  Liveness live(graph);
  Builder builder = context.builder(graph);
  for (const Output& input : graph.function().inputs) {
    if (!input.type.is_tensor() || live.used(input.id) || graph.users(input.id).empty()) continue;
    const Op* consumer = nullptr;
    for (const OpPtr& op : graph.function().body.ops)
      if (!consumer && op->type == "identity" && value_of(graph, *op, "x") == input.id) consumer = op.get();
    if (consumer)
      live.keep(consumer->id());
    else
      builder.add("identity", {{"x", input.id}}, input.name + "_unused");
  }
  if (live.dead().empty()) return {};
  Patch patch;
  patch.insert = builder.ops();
  patch.remove = live.dead();
  return {patch};
}

}  // namespace

void register_pass_dead_code_elimination(PassTable& table) {
  table.add({"dead_code_elimination", Stage::kCleanUp, {}, "take out ops whose results nobody uses", find});
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
// Folds ops on constants whose results are halves and would be rounded, as a device rounds them when it runs or
// compiles them.
//
//     a = mul(x = fp16(0.3333), y = fp16(0.3333))    ->    a = const(fp16(0.1111))
//
// In float32 the folded value is another one: this pass changes numbers on purpose. All that follows from constants is
// folded with it, so that the pass alone gives the values that it gives among others.
#include <map>
#include <set>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

class Folding {
 public:
  Folding(const Graph& graph, const OpTable& table) : graph_(graph), table_(table) {
    source_ = {
        [&](const Operand& o) -> const Type& { return o.is_value() ? graph_.type(o.value()) : o.literal().type(); },
        [&](const Operand& o) { return constant(o); }};
    for_each_op(graph, [&](const Op& op) { fold(op); });
  }

  bool rounds() const { return rounds_; }
  const std::map<ValueId, Constant>& values() const { return values_; }

 private:
  const Constant* constant(const Operand& operand) const {
    const auto found = operand.is_value() ? values_.find(operand.value()) : values_.end();
    return found == values_.end() ? graph_.constant(operand) : &found->second;
  }

  bool is_known(const Op& op) const {
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands) {
        const Constant* value = constant(operand);
        if (!value || !value->is_small()) return false;
      }
    return !op.arguments.empty();
  }

  void fold(const Op& op) {
    if (!is_executed(op) || !op.blocks.empty() || !is_known(op)) return;
    for (const Output& output : op.outputs)
      if (graph_.is_function_output(output.id)) return;
    const auto found = folded(op, table_, graph_.function().opset, source_);
    if (!found) return;
    rounds_ |= !found->exact;
    for (size_t i = 0; i < op.outputs.size(); ++i) values_.emplace(op.outputs[i].id, found->values[i]);
  }

  const Graph& graph_;
  const OpTable& table_;
  OperandSource source_;
  std::map<ValueId, Constant> values_;
  bool rounds_ = false;
};

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  const Folding folding(graph, context.table);
  if (!folding.rounds()) return {};
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    if (!folding.values().count(op.id())) return;
    Builder builder = context.builder(graph);
    std::map<ValueId, ValueId> replace;
    for (const Output& output : op.outputs)
      replace[output.id] = builder.constant(folding.values().at(output.id), output.name);
    Patch patch = Patch::insert_before(op, builder);
    patch.replace = std::move(replace);
    patch.remove = {op.id()};
    patches.push_back(std::move(patch));
  });
  return patches;
}

}  // namespace

void register_pass_const_rounding(PassTable& table) {
  table.add({"const_rounding", Stage::kCleanUp, {}, "halves that follow from constants, rounded", find, false, true});
}

}  // namespace anemone

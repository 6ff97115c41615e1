// SPDX-License-Identifier: Apache-2.0
// Arithmetic on positions, ids and sizes that depends on no float comes before the first float: so the Neural Engine is
// entered once, and not left for a few integers.
//
//     y = relu(x)                          ->   p = add(positions, 2)
//     p = add(positions, 2)                     y = relu(x)
#include <algorithm>
#include <set>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

bool gives_float(const Op& op) {
  return std::any_of(op.outputs.begin(), op.outputs.end(),
                     [](const Output& output) { return !output.type.is_tensor() || is_float(output.type.dtype); });
}

bool is_constant(const Op& op) { return op.type == "const" || is_constexpr(op); }

// Ops of the outermost block that can move in front of the first float, in their order.
std::vector<const Op*> movable_ops(const Function& function, const Graph& graph) {
  std::vector<const Op*> movable;
  std::set<ValueId> early;  // values that are there before the first float, or will be
  for (const Output& input : function.inputs)
    if (input.type.is_tensor()) early.insert(input.id);
  bool behind = false;
  for (const OpPtr& op : function.body.ops) {
    const auto is_early = [&](const Operand& operand) {
      return !operand.is_value() || early.count(operand.value()) > 0 || graph.constant(operand);
    };
    const bool known = std::all_of(op->arguments.begin(), op->arguments.end(), [&](const Argument& argument) {
      return std::all_of(argument.operands.begin(), argument.operands.end(), is_early);
    });
    const bool floats = gives_float(*op);
    const bool moves = behind && !is_constant(*op) && !floats && known && op->blocks.empty();
    if (moves) movable.push_back(op.get());
    if (moves || (!behind && !floats))
      for (const Output& output : op->outputs) early.insert(output.id);
    behind |= floats && !is_constant(*op);
  }
  return movable;
}

const Op* first_float(const Function& function) {
  for (const OpPtr& op : function.body.ops)
    if (!is_constant(*op) && gives_float(*op)) return op.get();
  return nullptr;
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  const Function& function = graph.function();
  const std::vector<const Op*> movable = movable_ops(function, graph);
  if (movable.empty()) return {};
  Builder builder = context.builder(graph);
  std::map<ValueId, ValueId> moved;
  for (const Op* op : movable) {
    std::vector<Arg> args;
    for (const Argument& argument : op->arguments) {
      std::vector<Operand> operands;
      for (const Operand& operand : argument.operands) {
        const Constant* constant = graph.constant(operand);
        const auto now = operand.is_value() ? moved.find(operand.value()) : moved.end();
        operands.push_back(constant ? Operand(*constant) : now != moved.end() ? Operand(now->second) : operand);
      }
      args.emplace_back(argument.name, std::move(operands));
    }
    const auto made = builder.add_many(op->type, std::move(args), op->outputs[0].name);
    for (size_t i = 0; i < made.size(); ++i) moved[op->outputs[i].id] = made[i];
  }
  Patch patch = Patch::insert_before(*first_float(function), builder);
  patch.replace = moved;
  for (const Op* op : movable) patch.remove.insert(op->id());
  return {patch};
}

}  // namespace

void register_pass_hoist_integers(PassTable& table) {
  Pass pass{"hoist_integers", Stage::kFinish, {}, "arithmetic on integers comes before the first float", find};
  pass.once = true;
  table.add(std::move(pass));
}

}  // namespace anemone

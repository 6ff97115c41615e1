// SPDX-License-Identifier: Apache-2.0
// Folds ops whose value is known when the program is compiled.
//
//     a = add(x = 1, y = 2)             ->    a = const(3)
//     s = shape(x)  (x: [1, 128])       ->    s = const([1, 128])
//     t = transpose(large const, perm)  ->    t = const (the transposed weight, made when it is written)
//
// Small constants go through the op's own evaluation; a result that its declared type would round is left to the
// device, which may compute with more. Large ones go only through steps that move or cast elements.
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

bool is_small(const Constant* constant) { return constant && constant->is_small(); }

bool known(const Graph& graph, const Op& op, const OpTable& table) {
  const OpDefinition* definition = table.find(op.type);
  const bool types_only = definition && definition->needs_only_types;
  for (const Argument& argument : op.arguments)
    for (const Operand& operand : argument.operands) {
      if (is_small(graph.constant(operand))) continue;
      if (!types_only || !operand.is_value() || !graph.type(operand.value()).is_concrete()) return false;
    }
  return true;
}

// A large constant after an op that only moves or casts its elements.
std::optional<Constant> moved(const Graph& graph, const Op& op) {
  const Constant* x = graph.constant(op, "x");
  const Type& type = op.outputs[0].type;
  const bool fits = x && !x->is_small() && type.is_tensor() && type.is_concrete();
  if (!fits || is_sub_byte(x->type().dtype)) return std::nullopt;
  if (op.type == "cast") return x->cast(type.dtype);
  if (is_view(op)) return x->reshaped(type.concrete());
  if (op.type != "transpose") return std::nullopt;
  const auto perm = permutation(graph, op);
  return perm ? std::optional<Constant>(x->transposed(*perm)) : std::nullopt;
}

std::optional<std::vector<Constant>> folded(const Graph& graph, const Op& op, const PassContext& context) {
  if (!is_executed(op) || !op.blocks.empty()) return std::nullopt;
  for (const Output& output : op.outputs)
    if (graph.is_function_output(output.id)) return std::nullopt;  // a constant would need an op to carry the name
  if (const auto constant = moved(graph, op)) return std::vector<Constant>{*constant};
  return known(graph, op, context.table) ? context.evaluate(op, graph) : std::nullopt;
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    const auto constants = folded(graph, op, context);
    if (!constants) return;
    Builder builder = context.builder(graph);
    std::map<ValueId, ValueId> replace;
    for (size_t i = 0; i < op.outputs.size(); ++i)
      replace[op.outputs[i].id] = builder.constant(constants->at(i), op.outputs[i].name);
    Patch patch = Patch::insert_before(op, builder);
    patch.replace = std::move(replace);
    patch.remove = {op.id()};
    patches.push_back(std::move(patch));
  });
  return patches;
}

}  // namespace

void register_pass_const_elimination(PassTable& table) {
  table.add({"const_elimination", Stage::kCleanUp, {}, "fold ops whose value is known", find});
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "passes/form/lowering.h"

#include <algorithm>

#include "base/error.h"
#include "passes/form/state.h"

namespace anemone::form {
namespace {

bool has_axes(const Type& type) { return type.is_tensor() && type.ranked && type.dtype != DType::kString; }

void take_over(State& state, const Output& output, ValueId made) {
  if (!has_axes(output.type)) {
    state.opaque[output.id] = made;
    return;
  }
  Value value = make_value(output.type);
  const Layout own = value.own_layout();
  state.store(output, std::move(value), own, {made});
}

// The op as it was, with its operands as they were.
void copy_op(State& state, const Op& op) {
  std::vector<Arg> args;
  for (const Argument& argument : op.arguments) {
    std::vector<Operand> operands;
    for (const Operand& operand : argument.operands) operands.push_back(state.plain(operand));
    args.emplace_back(argument.name, std::move(operands));
  }
  const std::vector<ValueId> made = state.builder.add_many(op.type, std::move(args), op.outputs[0].name);
  CHECK(made.size() == op.outputs.size());
  for (size_t i = 0; i < made.size(); ++i) {
    if (!has_axes(op.outputs[i].type) && state.builder.type(made[i]) != op.outputs[i].type)
      state.builder.retype(made[i], op.outputs[i].type);
    take_over(state, op.outputs[i], made[i]);
  }
  if (op.outputs.size() != 1 || op.outputs[0].type.rank() != 4 || !is_float(op.outputs[0].type.dtype)) return;
  // Ops on images say nothing of their axes, or work along no single one.
  const OpDefinition* definition = state.table.find(op.type);
  if (!definition || !definition->view_of.empty()) return;
  bool image = !axes_of(op, state.table, state.graph.function().opset, state.graph);
  for (const Argument& argument : op.arguments)
    for (const Operand& operand : argument.operands)
      if (const auto found = operand.is_value() ? state.values.find(operand.value()) : state.values.end();
          found != state.values.end())
        image |= found->second.elements->is_image;
  state.values.at(op.outputs[0].id).elements->is_image = image;
}

void take_constant(State& state, const Op& op) {
  const Output& output = op.outputs[0];
  const Constant* constant = state.graph.constant(Operand(output.id));
  CHECK(constant);
  if (!has_axes(output.type)) {
    state.opaque[output.id] = state.builder.constant(*constant, output.name);
    return;
  }
  Value value = make_value(output.type);
  value.elements->constant = *constant;
  value.elements->stored.push_back({value.own_layout(), {}});
  state.values[output.id] = std::move(value);
}

void lower_op(State& state, const Op& op) {
  state.builder.set_provenance(op.provenance);
  if (op.type == "const") return take_constant(state, op);
  const bool plain =
      is_constexpr(op) || !op.blocks.empty() ||
      std::any_of(op.outputs.begin(), op.outputs.end(), [](const Output& o) { return !has_axes(o.type); });
  if (plain) return copy_op(state, op);
  const auto tried = [&](auto lower) {
    try {
      return lower();
    } catch (const Error&) {  // a layout that cannot be made: the op stays as it was
      return false;
    }
  };
  if (tried([&] { return lower_view(state, op); })) return;
  const auto axes = axes_of(op, state.table, state.graph.function().opset, state.graph);
  const bool known = axes && std::all_of(axes->operands.begin(), axes->operands.end(), [&](const auto& place) {
                       const Operand& operand = op.argument(place.argument)->operands[place.index];
                       return !operand.is_value() || state.values.count(operand.value());
                     });
  if (known && tried([&] {
        return lower_bias(state, op, *axes) || lower_slice_of_projection(state, op, *axes) ||
               lower_contraction(state, op, *axes) || lower_along(state, op, *axes);
      }))
    return;
  copy_op(state, op);
}

void take_inputs(State& state) {
  for (const Output& input : state.graph.function().inputs) {
    if (!has_axes(input.type)) {
      state.opaque[input.id] = input.id;
      continue;
    }
    take_over(state, input, input.id);
  }
}

Patch patch_of(State& state) {
  const Function& function = state.graph.function();
  Patch patch;
  for (const ValueId output : function.body.outputs) {
    const Operand now = state.plain(Operand(output));
    if (now.value() != output) patch.replace[output] = now.value();
  }
  for (const OpPtr& op : function.body.ops) patch.remove.insert(op->id());
  patch.insert = state.builder.ops();
  return patch;
}

}  // namespace

Lowered lower(const Graph& graph, const OpTable& table, AttentionMode attention) {
  std::map<ValueId, Layout> eager;
  const std::set<int64_t> sequence_sizes = sequence_sizes_of(graph, table);
  for (const bool last : {false, true}) {
    State state(graph, table);
    state.eager = eager;
    state.attention = attention;
    state.sequence_sizes = sequence_sizes;
    take_inputs(state);
    for (const OpPtr& op : graph.function().body.ops) lower_op(state, *op);
    Patch patch = patch_of(state);
    if (last || state.demanded.empty()) return {std::move(patch), state.made_projections, state.made_contractions};
    eager = std::move(state.demanded);
  }
  fail("unreachable");
}

}  // namespace anemone::form

// SPDX-License-Identifier: Apache-2.0
// Reshapes, transposes and broadcasts: the same elements under other axes. Nothing is made.
#include <algorithm>

#include "passes/form/state.h"

namespace anemone::form {
namespace {

std::optional<Value> moved(State& state, const Op& op, const AxesStatement& axes) {
  const auto& place = axes.operands.front();
  const Value x = state.value(op.argument(place.argument)->operands[place.index]);
  Value result{x.elements, {}};
  for (size_t i = 0; i < axes.outputs[0].size(); ++i) {
    const size_t at = place.letters.find(axes.outputs[0][i]);
    result.axes.push_back(x.axes[at]);
    const Dim& size = op.outputs[0].type.shape[i];
    if (!x.axes[at].empty() || size == Dim(1)) continue;
    if (!size.is_constant() || x.elements->constant) return std::nullopt;
    result.axes.back().push_back(x.elements->add(size));  // broadcast
  }
  return result;
}

}  // namespace

bool lower_view(State& state, const Op& op) {
  const OpDefinition* definition = state.table.find(op.type);
  if (!definition || !op.outputs[0].type.is_tensor() || !op.outputs[0].type.ranked) return false;
  const std::string& source = definition->view_of;
  std::optional<Value> result;
  if (!source.empty()) {
    const Operand& x = op.argument(source)->operands.front();
    if (x.is_value() && !state.values.count(x.value())) return false;
    result = reshaped(state.value(x), op.outputs[0].type.shape);
  } else if (const auto axes = axes_of(op, state.table, state.graph.function().opset, state.graph);
             axes && axes->moves) {
    result = moved(state, op, *axes);
  }
  if (!result) return false;
  Elements& elements = *result->elements;
  if (!elements.home.axes.empty() && !state.projections.count(&elements)) {  // a norm is over
    const Layout home = elements.home;
    elements.home = {};
    pieces_in(*result, home, state.builder, op.outputs[0].name);
    std::swap(elements.stored.front(), elements.stored.back());
  }
  state.values[op.outputs[0].id] = *result;
  return true;
}

}  // namespace anemone::form

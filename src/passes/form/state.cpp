// SPDX-License-Identifier: Apache-2.0
#include "passes/form/state.h"

#include <algorithm>

#include "base/error.h"

namespace anemone::form {
namespace {

Value constant_value(const Constant& constant) {
  Value value = make_value(constant.type());
  value.elements->constant = constant;
  value.elements->stored.push_back({value.own_layout(), {}});
  return value;
}

// The layout in terms of the factors that a value was made with; nothing when it cuts across them.
std::optional<Layout> rooted(const Elements& elements, const Value& first, const Layout& layout) {
  std::vector<std::vector<Factor>> roots;
  for (const auto& axis : first.axes)
    for (const Factor root : axis) roots.push_back(elements.leaves({root}));
  Layout result;
  for (const auto& axis : layout.axes) {
    result.axes.emplace_back();
    for (size_t i = 0; i < axis.size();) {
      const auto root = std::find_if(roots.begin(), roots.end(), [&](const auto& leaves) {
        return i + leaves.size() <= axis.size() &&
               std::equal(leaves.begin(), leaves.end(), axis.begin() + static_cast<std::ptrdiff_t>(i));
      });
      if (root == roots.end()) return std::nullopt;
      result.axes.back().push_back(static_cast<Factor>(root - roots.begin()));
      i += root->size();
    }
  }
  return result;
}

// Notes the sizes of axes that only one of two multiplied activations has.
void note_sequence_sizes(const Graph& graph, const OpTable& table, const Op& op, std::set<int64_t>& sizes) {
  const auto axes = axes_of(op, table, graph.function().opset, graph);
  if (!axes || !axes->contracts) return;
  for (const auto& place : axes->operands)
    if (graph.constant(op.argument(place.argument)->operands[place.index])) return;
  const std::string& out = axes->outputs[0];
  for (size_t a = 0; a < out.size(); ++a) {
    const auto has = [&](const auto& place) { return place.letters.find(out[a]) != std::string::npos; };
    const Dim& size = op.outputs[0].type.shape[a];
    if (size.is_constant() && !std::all_of(axes->operands.begin(), axes->operands.end(), has))
      sizes.insert(size.value());
  }
}

}  // namespace

std::set<int64_t> sequence_sizes_of(const Graph& graph, const OpTable& table) {
  std::set<int64_t> sizes;
  for (const OpPtr& op : graph.function().body.ops) note_sequence_sizes(graph, table, *op, sizes);
  return sizes;
}

bool is_own(const Value& value, const Layout& layout) { return layout == value.own_layout(); }

Value State::value(const Operand& operand) {
  if (!operand.is_value()) return constant_value(operand.literal());
  const auto found = values.find(operand.value());
  if (found == values.end()) fail("value {} has no axes", graph.name(operand.value()));
  return found->second;
}

Operand State::plain(const Operand& operand) {
  if (!operand.is_value()) return operand;
  if (const auto found = opaque.find(operand.value()); found != opaque.end()) return found->second;
  const Value known = value(operand);
  return pieces(known, known.own_layout(), graph.name(operand.value())).front();
}

std::vector<ValueId> State::pieces(const Value& value, const Layout& asked, const std::string& name, bool anew) {
  Elements& elements = *value.elements;
  if (projections.count(&elements)) make(value, asked);
  const Layout wanted = elements.leaves(asked);  // what a projection is made of may have split factors
  const auto first = origin.find(&elements);
  if (first != origin.end() && !inside_norm.count(first->second) && !demanded.count(first->second) &&
      wanted.unrolled.empty() && wanted.axes.size() == 4 && elements.stored.front().layout != wanted &&
      (anew || wanted != value.own_layout()))
    if (const auto layout = rooted(elements, values.at(first->second), wanted)) demanded[first->second] = *layout;
  return pieces_in(value, wanted, builder, name);
}

Layout State::preferred(const Value& value) {
  const auto open = projections.find(value.elements.get());
  if (open == projections.end()) return value.elements->stored.front().layout;
  const Projection& projection = open->second;
  const Elements& elements = *value.elements;
  const Layout before = preferred(projection.x);
  const auto leaves = [](const Elements& of, const std::vector<Factor>& factors) { return of.leaves(factors); };
  std::vector<Factor> positions = projection.batch;
  positions.insert(positions.end(), projection.rest.begin(), projection.rest.end());
  Elements& x_elements = *projection.x.elements;
  align(x_elements, positions, *value.elements, projection.kept);
  // As x lies, when its channels have an axis to themselves.
  const Layout x = x_elements.leaves(before);
  const std::vector<Factor> of_x = leaves(x_elements, positions);
  const std::vector<Factor> of_result = leaves(elements, projection.kept);
  const bool alike =
      x.axes.size() == 4 && x.unrolled.empty() && (projection.keeps_positions || !projection.x.elements->is_image);
  if (alike && x.axes[1] == leaves(x_elements, projection.inner)) {
    Layout layout = x;
    layout.axes[1] = leaves(elements, projection.out);
    for (const size_t a : {0, 2, 3})
      for (Factor& factor : layout.axes[a])
        factor = of_result[static_cast<size_t>(std::find(of_x.begin(), of_x.end(), factor) - of_x.begin())];
    return layout;
  }
  const size_t batch = leaves(x_elements, projection.batch).size();
  return {{{of_result.begin(), of_result.begin() + static_cast<std::ptrdiff_t>(batch)},
           leaves(elements, projection.out),
           {},
           {of_result.begin() + static_cast<std::ptrdiff_t>(batch), of_result.end()}},
          {}};
}

void State::store(const Output& output, Value value, Layout layout, std::vector<ValueId> made) {
  Elements& elements = *value.elements;
  elements.stored.push_back({std::move(layout), std::move(made)});
  origin[&elements] = output.id;
  values[output.id] = value;
  if (!elements.home.axes.empty()) inside_norm.insert(output.id);
  if (const auto wanted = eager.find(output.id); wanted != eager.end()) {
    pieces_in(value, wanted->second, builder, output.name);
    std::swap(elements.stored.front(), elements.stored.back());
  }
}

}  // namespace anemone::form

// SPDX-License-Identifier: Apache-2.0
#include "passes/form/projection.h"

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "passes/form/keys.h"
#include "passes/form/packed.h"

namespace anemone::form {
namespace {

// Whether all that is made of an image, through views, has its positions on one axis.
bool is_only_folded(const State& state, ValueId value, const Dim& positions) {
  if (state.graph.is_block_output(value)) return false;
  const auto& users = state.graph.users(value);
  return !users.empty() && std::all_of(users.begin(), users.end(), [&](const Op* user) {
    const OpDefinition* definition = state.table.find(user->type);
    if (!definition) return false;
    const Shape& shape = user->outputs[0].type.shape;
    const auto folds = [&](const Dim& dim) { return provably_equal(dim, positions); };
    if (!definition->view_of.empty() && std::any_of(shape.begin(), shape.end(), folds)) return true;
    const auto axes = axes_of(*user, state.table, state.graph.function().opset, state.graph);
    return (!definition->view_of.empty() || (axes && axes->moves)) && is_only_folded(state, user->id(), positions);
  });
}

struct Parts {
  size_t weight = 0;                       // which operand is the constant
  std::vector<Key> out, inner, positions;  // of the weight alone, of both, of the other operand alone
};

// The op that makes the operand from compressed weights; nullptr when it is none.
const Op* packed_operand(const State& state, const Op& op, const AxesStatement& axes, size_t use) {
  const auto& place = axes.operands[use];
  return packed_weight(state.graph, op.argument(place.argument)->operands[place.index]);
}

std::optional<Parts> parts_of(const State& state, const Op& op, const Keys& keys, const AxesStatement& axes) {
  const auto is_weight = [&](size_t use) {
    return keys.uses[use].value.elements->constant || packed_operand(state, op, axes, use);
  };
  Parts parts;
  parts.weight = is_weight(1) ? 1 : 0;
  const size_t x = 1 - parts.weight;
  if (!is_weight(parts.weight) || is_weight(x)) return std::nullopt;
  for (const auto& place : {axes.operands[x], axes.operands[parts.weight]})
    for (const char letter : place.letters)
      for (const Key key : keys.of_letter.at(letter)) {
        const bool in_out = axes.outputs[0].find(letter) != std::string::npos;
        const bool in_x = keys.has(x, key);
        const bool in_weight = keys.has(parts.weight, key);
        if (in_out && in_x && in_weight) return std::nullopt;
        auto& list = !in_out ? parts.inner : in_x ? parts.positions : parts.out;
        if (std::find(list.begin(), list.end(), key) == list.end()) list.push_back(key);
      }
  const bool both = std::all_of(parts.inner.begin(), parts.inner.end(),
                                [&](Key key) { return keys.has(0, key) && keys.has(1, key); });
  if (!both || parts.inner.empty()) return std::nullopt;
  return parts;
}

std::vector<Factor> factors(const Keys::Use& use, const std::vector<Key>& keys) {
  std::vector<Factor> all;
  for (const Key key : keys) all.push_back(use.factor_of.at(key));
  return all;
}

std::optional<Constant> constant_of(const State& state, const Op& op, const char* argument) {
  const Constant* constant = state.graph.constant(op, argument);
  return constant ? std::optional<Constant>(*constant) : std::nullopt;
}

ConcreteShape sizes_of(const Elements& elements, const std::vector<Factor>& list) {
  ConcreteShape sizes;
  for (const Factor factor : list) sizes.push_back(elements.size(factor).value());
  return sizes;
}

Constant reordered(const Constant& constant, const Elements& elements, const std::vector<Factor>& from,
                   const std::vector<Factor>& to) {
  if (from == to) return constant;
  const Constant open = opened(constant, sizes_of(elements, from));
  std::vector<int> perm;
  for (const Factor factor : to)
    perm.push_back(static_cast<int>(std::find(from.begin(), from.end(), factor) - from.begin()));
  for (auto axis = static_cast<int>(from.size()); axis < open.type().rank(); ++axis) perm.push_back(axis);
  return closed(open.transposed(perm), from.size());
}

// Batch and sequence. What the program has on the first axis counts as batch, unless only other positions can be it.
std::pair<std::vector<Key>, std::vector<Key>> split_positions(const State& state, const Keys& keys,
                                                              const std::vector<Key>& positions,
                                                              const std::function<bool(Key)>& lies_first) {
  const auto in_sequence = [&](Key key) {
    const Dim& size = keys.sizes[static_cast<size_t>(key)];
    return size.is_constant() && state.sequence_sizes.count(size.value()) > 0;
  };
  const bool clear = std::any_of(positions.begin(), positions.end(), in_sequence) &&
                     !std::all_of(positions.begin(), positions.end(), in_sequence);
  std::vector<Key> batch, rest;
  for (const Key key : positions)
    (clear ? !in_sequence(key) : lies_first(key)) ? batch.push_back(key) : rest.push_back(key);
  return {batch, rest};
}

// Whether compressed weights are [out, inner] as they are: then nothing need be laid out anew.
bool is_matrix(const State& state, const Keys& keys, const Parts& parts, const Op& packed) {
  const Keys::Use& use = keys.uses[parts.weight];
  std::vector<Factor> wanted = factors(use, parts.out);
  for (const Factor factor : factors(use, parts.inner)) wanted.push_back(factor);
  return state.graph.type(packed.id()).rank() == 2 && flattened(use.value.own_layout()) == wanted;
}

// One small projection for each head: positions that lie beside the summed channels are heads.
bool lower_by_heads(State& state, const Op& op, const AxesStatement& axes, const Keys& keys, const Parts& parts,
                    const Constant& rows, const std::optional<Constant>& bias, const Layout& now) {
  const size_t use = 1 - parts.weight;
  const auto in = [](const std::vector<Key>& list, Key key) {
    return std::find(list.begin(), list.end(), key) != list.end();
  };
  std::vector<Key> heads, batch, rest;
  for (const Key key : parts.positions) {
    const bool beside = std::any_of(now.axes.begin(), now.axes.end(), [&](const std::vector<Key>& axis) {
      return in(axis, key) && in(axis, parts.inner.front());
    });
    (beside || in(now.unrolled, key) ? heads : in(now.axes[0], key) ? batch : rest).push_back(key);
  }
  if (heads.empty() || is_own(keys.uses[use].value, state.preferred(keys.uses[use].value))) return false;
  const std::string& name = op.outputs[0].name;
  const Layout wanted{{batch, parts.inner, {}, rest}, heads};
  keys.count(heads);
  const std::vector<ValueId> pieces = state.pieces(keys.uses[use].value, keys.to_factors(use, wanted), name);
  const ConcreteShape shape = rows.type().concrete();
  std::vector<ValueId> made;
  for (const ValueId piece : pieces) {
    std::vector<Arg> args = {{"x", piece}, {"weight", rows.reshaped({shape[0], shape[1], 1, 1})}};
    if (bias) args.emplace_back("bias", *bias);
    made.push_back(state.builder.add("conv", std::move(args), name));
  }
  Fresh fresh = fresh_value(keys, axes.outputs[0], op.outputs[0].type, "");
  const Layout layout = layout_of(fresh, keys, {{batch, parts.out, {}, rest}, heads}, axes.outputs[0]);
  state.store(op.outputs[0], fresh.value, layout, std::move(made));
  ++state.made_projections;
  return true;
}

}  // namespace

Constant opened(const Constant& constant, ConcreteShape sizes) {
  const ConcreteShape shape = constant.type().concrete();
  sizes.insert(sizes.end(), shape.begin() + 1, shape.end());
  return constant.reshaped(sizes);
}

Constant closed(const Constant& constant, size_t axes) {
  const ConcreteShape shape = constant.type().concrete();
  int64_t out = 1;
  for (size_t i = 0; i < axes; ++i) out *= shape[i];
  ConcreteShape sizes = {out};
  sizes.insert(sizes.end(), shape.begin() + static_cast<std::ptrdiff_t>(axes), shape.end());
  return constant.reshaped(sizes);
}

bool lower_projection(State& state, const Op& op, const AxesStatement& axes) {
  const auto keys = Keys::of(state, op, axes);
  const auto parts = keys ? parts_of(state, op, *keys, axes) : std::nullopt;
  if (!parts || keys->count(parts->inner) < 2) return false;  // of one: an outer product
  const auto bias = constant_of(state, op, "bias");
  if (op.argument("bias") && !bias) return false;
  const Keys::Use& weight = keys->uses[parts->weight];
  const Keys::Use& x = keys->uses[1 - parts->weight];

  const Op* packed = packed_operand(state, op, axes, parts->weight);
  if (packed && !is_matrix(state, *keys, *parts, *packed)) return false;
  std::optional<Constant> rows;
  if (!packed) rows = constant_in(weight.value, {factors(weight, parts->out), factors(weight, parts->inner)});
  Projection projection{x.value, {}, {}, {}, {}, {}, rows, packed, bias, op.outputs[0].name, op.provenance};
  projection.inner = factors(x, parts->inner);
  // What lies on the first axis now stays there, unless nothing would be left for the last one.
  const Layout now = keys->to_keys(1 - parts->weight, state.preferred(x.value));
  if (rows && now.axes.size() == 4 && lower_by_heads(state, op, axes, *keys, *parts, *rows, bias, now)) return true;
  const auto on_first = [&](Key key) {
    return !now.axes.empty() && std::find(now.axes[0].begin(), now.axes[0].end(), key) != now.axes[0].end();
  };
  const bool all_first = std::all_of(parts->positions.begin(), parts->positions.end(), on_first);
  const bool pure = !now.axes.empty() && std::all_of(now.axes[0].begin(), now.axes[0].end(), [&](Key key) {
    return std::find(parts->positions.begin(), parts->positions.end(), key) != parts->positions.end();
  });
  const auto [batch, rest] =
      split_positions(state, *keys, parts->positions, [&](Key key) { return on_first(key) && pure && !all_first; });
  projection.batch = factors(x, batch);
  projection.rest = factors(x, rest);

  Fresh fresh = fresh_value(*keys, axes.outputs[0], op.outputs[0].type, "");
  for (const auto& list : {batch, rest})
    for (const Key key : list) projection.kept.push_back(fresh.factor_of.at(key));
  for (const Key key : parts->out) projection.out.push_back(fresh.factor_of.at(key));
  projection.keeps_positions = std::all_of(parts->positions.begin(), parts->positions.end(), [&](Key key) {
    for (const auto& entry : keys->of_letter)
      if (entry.second == std::vector<Key>{key}) return true;
    return false;
  });
  const Dim positions = fresh.value.elements->size_of(projection.kept);
  projection.keeps_positions &= !is_only_folded(state, op.outputs[0].id, positions);
  fresh.value.elements->is_image = x.value.elements->is_image && projection.keeps_positions;
  state.projections.emplace(fresh.value.elements.get(), std::move(projection));
  state.values[op.outputs[0].id] = fresh.value;
  state.origin[fresh.value.elements.get()] = op.outputs[0].id;
  return true;
}

void State::make(const Value& value, const Layout& asked) {
  Elements& elements = *value.elements;
  const Layout usual = preferred(value);
  const Layout wanted = elements.leaves(asked);
  Projection projection = projections.at(&elements);
  const std::vector<Factor> out = elements.leaves(projection.out);
  // The weight's rows may come in any order, so channels are made as they are wanted.
  const auto fits = [&] {
    return wanted.axes.size() == 4 && wanted.unrolled.empty() &&
           (projection.packed
                ? wanted.axes[1] == out
                : std::is_permutation(wanted.axes[1].begin(), wanted.axes[1].end(), out.begin(), out.end()));
  };
  const Layout layout = fits() ? wanted : usual;
  projections.erase(&elements);

  std::vector<Factor> positions = projection.batch;
  positions.insert(positions.end(), projection.rest.begin(), projection.rest.end());
  CHECK(align(*projection.x.elements, positions, elements, projection.kept));
  const std::vector<Factor> of_x = projection.x.elements->leaves(positions);
  const std::vector<Factor> of_result = elements.leaves(projection.kept);
  Layout x_layout = layout;
  x_layout.axes[1] = projection.x.elements->leaves(projection.inner);
  for (const size_t a : {0, 2, 3})
    for (Factor& factor : x_layout.axes[a])
      factor = of_x[static_cast<size_t>(std::find(of_result.begin(), of_result.end(), factor) - of_result.begin())];

  const std::string provenance = builder.provenance();
  const ValueId x = pieces(projection.x, x_layout, projection.name).front();
  builder.set_provenance(projection.provenance);
  std::vector<Arg> args = {{"x", x}};
  if (projection.packed) {
    args.emplace_back("weight", as_kernel(*projection.packed, graph, builder).front());
  } else {
    const Constant rows = reordered(*projection.weight, elements, out, layout.axes[1]);
    const ConcreteShape shape = rows.type().concrete();
    args.emplace_back("weight", rows.reshaped({shape[0], shape[1], 1, 1}));
  }
  if (projection.bias) args.emplace_back("bias", reordered(*projection.bias, elements, out, layout.axes[1]));
  const ValueId made = builder.add("conv", std::move(args), projection.name);
  builder.set_provenance(provenance);
  ++made_projections;
  elements.in_form = true;
  const auto first = origin.find(&elements);
  elements.stored.push_back({layout, {made}});
  CHECK(first != origin.end());
}

}  // namespace anemone::form

// SPDX-License-Identifier: Apache-2.0
#include "passes/form/projection.h"

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "passes/form/keys.h"

namespace anemone::form {
namespace {

// Whether everything that is made of the value, through views, is a slice with known bounds.
bool is_only_cut(const State& state, ValueId value) {
  if (state.graph.is_block_output(value)) return false;
  for (const Op* user : state.graph.users(value)) {
    const OpDefinition* definition = state.table.find(user->type);
    if (!definition) return false;
    const bool view = !definition->view_of.empty();
    const auto axes = view ? std::nullopt : axes_of(*user, state.table, state.graph.function().opset, state.graph);
    if (view || (axes && axes->moves)) {
      if (!is_only_cut(state, user->id())) return false;
    } else if (!axes || axes->begins.empty() || axes->operands.size() != 1) {
      return false;
    }
  }
  return true;
}

// Whether the value goes into a product of two activations as it is: one head.
bool is_head(const State& state, ValueId value) {
  const auto& users = state.graph.users(value);
  return std::any_of(users.begin(), users.end(), [&](const Op* user) {
    const auto axes = axes_of(*user, state.table, state.graph.function().opset, state.graph);
    if (!axes) return false;
    const bool by_constant = std::any_of(axes->operands.begin(), axes->operands.end(), [&](const auto& place) {
      return state.graph.constant(user->argument(place.argument)->operands[place.index]) != nullptr;
    });
    if (axes->contracts) return !by_constant;
    const bool same = axes->moves || (axes->along.empty() && by_constant);
    return same && user->outputs.size() == 1 && is_head(state, user->id());
  });
}

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

std::optional<Parts> parts_of(const Keys& keys, const AxesStatement& axes) {
  Parts parts;
  parts.weight = keys.uses[1].value.elements->constant ? 1 : 0;
  const size_t x = 1 - parts.weight;
  if (!keys.uses[parts.weight].value.elements->constant || keys.uses[x].value.elements->constant) return std::nullopt;
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

// [out, inner] -> [out as `sizes`, inner], or [out] -> `sizes`.
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

bool lower_projection(State& state, const Op& op, const AxesStatement& axes) {
  const auto keys = Keys::of(state, op, axes);
  const auto parts = keys ? parts_of(*keys, axes) : std::nullopt;
  if (!parts || keys->count(parts->inner) < 2) return false;  // of one: an outer product
  const auto bias = constant_of(state, op, "bias");
  if (op.argument("bias") && !bias) return false;
  const Keys::Use& weight = keys->uses[parts->weight];
  const Keys::Use& x = keys->uses[1 - parts->weight];

  const Constant rows = constant_in(weight.value, {factors(weight, parts->out), factors(weight, parts->inner)});
  Projection projection{x.value, {}, {}, {}, {}, {}, rows, bias, op.outputs[0].name, op.provenance};
  projection.inner = factors(x, parts->inner);
  // What lies on the first axis now stays there, unless nothing would be left for the last one.
  const Layout now = keys->to_keys(1 - parts->weight, state.preferred(x.value));
  if (now.axes.size() == 4 && lower_by_heads(state, op, axes, *keys, *parts, rows, bias, now)) return true;
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

void State::make(const Value& value, const Layout& wanted) {
  Elements& elements = *value.elements;
  const Layout usual = preferred(value);
  Projection projection = projections.at(&elements);
  const std::vector<Factor> out = elements.leaves(projection.out);
  // The weight's rows may come in any order, so channels are made as they are wanted.
  const auto fits = [&] {
    return wanted.axes.size() == 4 && wanted.unrolled.empty() &&
           std::is_permutation(wanted.axes[1].begin(), wanted.axes[1].end(), out.begin(), out.end());
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
  const Constant rows = reordered(projection.weight, elements, out, layout.axes[1]);
  const ConcreteShape shape = rows.type().concrete();
  std::vector<Arg> args = {{"x", x}, {"weight", rows.reshaped({shape[0], shape[1], 1, 1})}};
  if (projection.bias) args.emplace_back("bias", reordered(*projection.bias, elements, out, layout.axes[1]));
  const ValueId made = builder.add("conv", std::move(args), projection.name);
  builder.set_provenance(provenance);
  ++made_projections;
  elements.in_form = true;
  const auto first = origin.find(&elements);
  elements.stored.push_back({layout, {made}});
  CHECK(first != origin.end());
}

// What is added to a projection alone becomes its bias.
bool lower_bias(State& state, const Op& op, const AxesStatement& axes) {
  if (op.type != "add" || axes.operands.size() != 2) return false;
  auto keys = Keys::of(state, op, axes);
  if (!keys) return false;
  const size_t added = keys->uses[0].value.elements->constant ? 0 : 1;
  const Keys::Use& constant = keys->uses[added];
  const Keys::Use& whole = keys->uses[1 - added];
  const auto open = state.projections.find(whole.value.elements.get());
  if (!constant.value.elements->constant || open == state.projections.end() || open->second.bias) return false;
  const auto& place = axes.operands[1 - added];
  const ValueId value = op.argument(place.argument)->operands[place.index].value();
  if (state.graph.users(value).size() != 1 || state.origin.at(whole.value.elements.get()) != value) return false;
  const Elements& elements = *whole.value.elements;
  const std::vector<Factor> out = elements.leaves(open->second.out);
  std::vector<Factor> own;
  for (const Factor factor : out) {
    const Key key = whole.key_of.at(factor);
    if (!constant.factor_of.count(key)) return false;
    own.push_back(constant.factor_of.at(key));
  }
  if (constant.factor_of.size() != own.size()) return false;  // differs from position to position
  Projection projection = open->second;
  projection.bias = constant_in(constant.value, {own});
  projection.name = op.outputs[0].name;
  open->second = std::move(projection);
  state.values[op.outputs[0].id] = Value{whole.value.elements, whole.value.axes};
  state.origin[whole.value.elements.get()] = op.outputs[0].id;
  return true;
}

bool lower_slice_of_projection(State& state, const Op& op, const AxesStatement& axes) {
  if (axes.operands.size() != 1 || axes.begins.size() != op.outputs.size()) return false;
  const auto& place = axes.operands[0];
  const Operand& operand = op.argument(place.argument)->operands[place.index];
  if (!operand.is_value()) return false;
  const Value value = state.value(operand);
  const auto open = state.projections.find(value.elements.get());
  if (open == state.projections.end() || !is_only_cut(state, state.origin.at(value.elements.get()))) return false;
  const Projection whole = open->second;
  Elements& elements = *value.elements;
  const std::vector<Factor> out = elements.leaves(whole.out);
  for (const char letter : axes.along)  // heads that the program cuts itself
    if (elements.leaves(value.axes[place.letters.find(letter)]) == out && is_head(state, op.id())) return false;

  // Each sliced axis must be one stretch of the weight's rows.
  std::vector<size_t> at(axes.along.size()), length(axes.along.size());
  for (size_t i = 0; i < axes.along.size(); ++i) {
    const std::vector<Factor> own = elements.leaves(value.axes[place.letters.find(axes.along[i])]);
    const auto found = std::search(out.begin(), out.end(), own.begin(), own.end());
    if (own.empty() || found == out.end()) return false;
    at[i] = static_cast<size_t>(found - out.begin());
    length[i] = own.size();
  }
  for (size_t o = 0; o < op.outputs.size(); ++o) {
    Projection part = whole;
    part.name = op.outputs[o].name;
    part.provenance = op.provenance;
    Value result{std::make_shared<Elements>(), {}};
    std::vector<std::pair<Factor, Factor>> same;  // old factor, new one
    const auto copied = [&](const std::vector<Factor>& list) {
      std::vector<Factor> all;
      for (const Factor factor : elements.leaves(list)) {
        all.push_back(result.elements->add(elements.size(factor)));
        same.emplace_back(factor, all.back());
      }
      return all;
    };
    part.kept = copied(whole.kept);
    // The rows, stretch by stretch: `sizes` is how they are seen while they are cut.
    part.out.clear();
    ConcreteShape sizes;
    std::map<char, Factor> cut_factor;
    std::vector<std::pair<int, std::pair<int64_t, int64_t>>> cuts;
    for (size_t f = 0; f < out.size();) {
      size_t i = 0;
      while (i < at.size() && at[i] != f) ++i;
      if (i == at.size()) {
        part.out.push_back(result.elements->add(elements.size(out[f])));
        same.emplace_back(out[f], part.out.back());
        sizes.push_back(elements.size(out[f]).value());
        ++f;
        continue;
      }
      int64_t size = 1;
      for (size_t k = 0; k < length[i]; ++k) size *= elements.size(out[f + k]).value();
      const size_t in_result = axes.outputs[o].find(axes.along[i]);
      const int64_t count = in_result == std::string::npos ? 1 : op.outputs[o].type.shape[in_result].value();
      cuts.push_back({static_cast<int>(sizes.size()), {axes.begins[o][i], axes.begins[o][i] + count}});
      sizes.push_back(size);
      if (count > 1) {
        part.out.push_back(result.elements->add(count));
        cut_factor[axes.along[i]] = part.out.back();
      }
      f += length[i];
    }
    const auto cut = [&](const Constant& constant) {
      Constant opened_rows = opened(constant, sizes);
      for (const auto& [axis, range] : cuts) opened_rows = opened_rows.sliced(axis, range.first, range.second);
      return closed(opened_rows, sizes.size());
    };
    part.weight = cut(whole.weight);
    if (part.bias) part.bias = cut(*part.bias);
    for (const char letter : axes.outputs[o]) {
      result.axes.emplace_back();
      if (const auto fresh = cut_factor.find(letter); fresh != cut_factor.end()) {
        result.axes.back().push_back(fresh->second);
      } else if (axes.along.find(letter) == std::string::npos) {
        for (const Factor factor : elements.leaves(value.axes[place.letters.find(letter)]))
          for (const auto& [old, now] : same)
            if (old == factor) result.axes.back().push_back(now);
      }
    }
    result.elements->is_image = elements.is_image;
    state.projections.emplace(result.elements.get(), std::move(part));
    state.origin[result.elements.get()] = op.outputs[o].id;
    state.values[op.outputs[o].id] = result;
  }
  return true;
}

}  // namespace anemone::form

// SPDX-License-Identifier: Apache-2.0
// What happens to a projection before it is made: constants are added to it, and slices cut its weight.
#include <algorithm>

#include "base/error.h"
#include "passes/form/keys.h"
#include "passes/form/projection.h"

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

}  // namespace

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
  if (open == state.projections.end() || open->second.packed ||
      !is_only_cut(state, state.origin.at(value.elements.get())))
    return false;
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
    part.weight = cut(*whole.weight);
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

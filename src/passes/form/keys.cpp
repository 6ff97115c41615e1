// SPDX-License-Identifier: Apache-2.0
#include "passes/form/keys.h"

#include <algorithm>

#include "base/error.h"

namespace anemone::form {
namespace {

const std::vector<Factor>& factors_of(const Value& value, const std::string& letters, char letter) {
  return value.axes[letters.find(letter)];
}

// Aligns one letter in all operands that have it; twice, because a later one may split an earlier one.
bool align_letter(const AxesStatement& axes, std::vector<Value>& values, char letter) {
  for (int round = 0; round < 2; ++round) {
    const Value* first = nullptr;
    const std::string* first_letters = nullptr;
    for (size_t i = 0; i < values.size(); ++i) {
      const std::string& letters = axes.operands[i].letters;
      if (letters.find(letter) == std::string::npos || factors_of(values[i], letters, letter).empty()) continue;
      if (!first) {
        first = &values[i];
        first_letters = &letters;
      } else if (!align(*first->elements, factors_of(*first, *first_letters, letter), *values[i].elements,
                        factors_of(values[i], letters, letter))) {
        return false;
      }
    }
  }
  return true;
}

// The value with one axis as a single factor: what lies on several axes is folded into the last of them first.
Value with_whole_axis(State& state, const Value& value, size_t axis, const std::string& name) {
  const std::vector<Factor> leaves = value.elements->leaves(value.axes[axis]);
  if (leaves.size() < 2) return value;
  Layout layout = state.preferred(value);
  const auto mine = [&](Factor factor) { return std::find(leaves.begin(), leaves.end(), factor) != leaves.end(); };
  size_t last = layout.axes.size() - 1;
  for (size_t a = 0; a < layout.axes.size(); ++a) {
    auto& on_axis = layout.axes[a];
    if (std::any_of(on_axis.begin(), on_axis.end(), mine)) last = a;
    on_axis.erase(std::remove_if(on_axis.begin(), on_axis.end(), mine), on_axis.end());
  }
  auto& unrolled = layout.unrolled;
  unrolled.erase(std::remove_if(unrolled.begin(), unrolled.end(), mine), unrolled.end());
  auto& folded = layout.axes[last];
  folded.insert(folded.end(), leaves.begin(), leaves.end());
  const std::vector<ValueId> pieces = state.pieces(value, layout, name);

  Value whole{std::make_shared<Elements>(), {}};
  std::map<Factor, Factor> copy;
  for (size_t a = 0; a < value.axes.size(); ++a) {
    whole.axes.emplace_back();
    if (a == axis) {
      const Factor one = whole.elements->add(value.elements->size_of(leaves));
      copy[leaves.front()] = one;
      whole.axes.back().push_back(one);
      continue;
    }
    for (const Factor factor : value.elements->leaves(value.axes[a])) {
      copy[factor] = whole.elements->add(value.elements->size(factor));
      whole.axes.back().push_back(copy[factor]);
    }
  }
  Layout renamed = restricted(layout, [&](Factor factor) { return copy.count(factor) > 0; });
  for (auto& on_axis : renamed.axes)
    for (Factor& factor : on_axis) factor = copy.at(factor);
  for (Factor& factor : renamed.unrolled) factor = copy.at(factor);
  whole.elements->stored.push_back({renamed, pieces});
  return whole;
}

}  // namespace

std::optional<Keys> Keys::of(State& state, const Op& op, const AxesStatement& axes) {
  std::vector<Value> values;
  std::string letters;
  for (const auto& place : axes.operands) {
    values.push_back(state.value(op.argument(place.argument)->operands[place.index]));
    CHECK(values.back().axes.size() == place.letters.size());
    for (const char letter : place.letters)
      if (letters.find(letter) == std::string::npos) letters += letter;
  }
  for (size_t i = 0; i < values.size() && values.size() > 1; ++i)
    for (const char letter : axes.along)
      if (const size_t at = axes.operands[i].letters.find(letter); at != std::string::npos)
        values[i] = with_whole_axis(state, values[i], at, op.outputs[0].name);
  for (const char letter : letters) {
    // Along a letter operands may have different sizes (concat); they need no common factors.
    if (axes.along.find(letter) != std::string::npos && values.size() > 1) continue;
    if (!align_letter(axes, values, letter)) return std::nullopt;
  }
  Keys keys;
  for (Value& value : values) keys.uses.push_back({std::move(value), {}, {}});
  for (const char letter : letters) {
    std::vector<Key>& own = keys.of_letter[letter];
    const bool separate = axes.along.find(letter) != std::string::npos && axes.operands.size() > 1;
    for (size_t i = 0; i < keys.uses.size(); ++i) {
      Use& use = keys.uses[i];
      const size_t at = axes.operands[i].letters.find(letter);
      if (at == std::string::npos) continue;
      const std::vector<Factor> leaves = use.value.elements->leaves(use.value.axes[at]);
      if (leaves.empty()) continue;
      if (separate && (leaves.size() > 1 || !own.empty())) {
        CHECK(leaves.size() == 1);
        use.factor_of[own[0]] = leaves[0];
        use.key_of[leaves[0]] = own[0];
        continue;
      }
      for (size_t k = 0; k < leaves.size(); ++k) {
        if (own.size() <= k) {
          own.push_back(static_cast<Key>(keys.sizes.size()));
          keys.sizes.push_back(use.value.elements->size(leaves[k]));
        }
        use.factor_of[own[k]] = leaves[k];
        use.key_of[leaves[k]] = own[k];
      }
    }
  }
  return keys;
}

Layout Keys::to_keys(size_t use, const Layout& layout) const {
  const auto& map = uses[use].key_of;
  Layout result = restricted(layout, [&](Factor factor) { return map.count(factor) > 0; });
  for (auto& axis : result.axes)
    for (int& entry : axis) entry = map.at(entry);
  for (int& entry : result.unrolled) entry = map.at(entry);
  return result;
}

Layout Keys::to_factors(size_t use, const Layout& layout) const {
  const auto& map = uses[use].factor_of;
  Layout result = restricted(layout, [&](Key key) { return map.count(key) > 0; });
  for (auto& axis : result.axes)
    for (int& entry : axis) entry = map.at(entry);
  for (int& entry : result.unrolled) entry = map.at(entry);
  return result;
}

int64_t Keys::count(const std::vector<Key>& keys) const {
  int64_t all = 1;
  for (const Key key : keys) {
    const Dim& size = sizes[static_cast<size_t>(key)];
    if (!size.is_constant()) fail("an axis of {} positions cannot be unrolled", size.str());
    all *= size.value();
  }
  return all;
}

std::vector<size_t> spread(const Keys& keys, const std::vector<Key>& unrolled, size_t use) {
  std::vector<size_t> indices;
  const int64_t all = keys.count(unrolled);
  for (int64_t i = 0; i < all; ++i) {
    int64_t index = 0;
    int64_t rest = i;
    int64_t inner = all;
    for (const Key key : unrolled) {
      const int64_t size = keys.sizes[static_cast<size_t>(key)].value();
      inner /= size;
      if (keys.has(use, key)) index = index * size + rest / inner;
      rest %= inner;
    }
    indices.push_back(static_cast<size_t>(index));
  }
  return indices;
}

Fresh fresh_value(const Keys& keys, const std::string& letters, const Type& type, const std::string& along) {
  Fresh fresh;
  fresh.value.elements = std::make_shared<Elements>();
  Elements& elements = *fresh.value.elements;
  elements.in_form = true;
  for (size_t i = 0; i < letters.size(); ++i) {
    fresh.value.axes.emplace_back();
    const Dim& size = type.shape[i];
    if (size == Dim(1)) continue;
    const auto found = keys.of_letter.find(letters[i]);
    Dim known = 1;
    if (found != keys.of_letter.end())
      for (const Key key : found->second) known = known * keys.sizes[static_cast<size_t>(key)];
    const bool same = found != keys.of_letter.end() && !found->second.empty() && provably_equal(known, size);
    if (!same && along.find(letters[i]) == std::string::npos) fail("axis {} of the result is not understood", i);
    if (!same) {
      fresh.value.axes.back().push_back(elements.add(size));
      continue;
    }
    for (const Key key : found->second) {
      const Factor factor = elements.add(keys.sizes[static_cast<size_t>(key)]);
      fresh.factor_of[key] = factor;
      fresh.value.axes.back().push_back(factor);
    }
  }
  return fresh;
}

Layout layout_of(const Fresh& fresh, const Keys& keys, const Layout& layout, const std::string& letters) {
  Layout result;
  result.axes.resize(layout.axes.size());
  for (size_t a = 0; a < layout.axes.size(); ++a)
    for (const Key key : layout.axes[a]) {
      const auto found = fresh.factor_of.find(key);
      if (found != fresh.factor_of.end()) {
        result.axes[a].push_back(found->second);
        continue;
      }
      for (size_t i = 0; i < letters.size(); ++i) {  // a fresh factor stands where its letter stood
        const auto& own = keys.of_letter.at(letters[i]);
        if (!own.empty() && own.front() == key && !fresh.value.axes[i].empty())
          result.axes[a].push_back(fresh.value.axes[i].front());
      }
    }
  for (const Key key : layout.unrolled)
    if (const auto found = fresh.factor_of.find(key); found != fresh.factor_of.end())
      result.unrolled.push_back(found->second);
  return result;
}

}  // namespace anemone::form

// SPDX-License-Identifier: Apache-2.0
#include "passes/form/layout.h"

#include <algorithm>

#include "base/error.h"

namespace anemone::form {
namespace {

void replace(std::vector<Factor>& factors, Factor factor, Factor outer, Factor inner) {
  const auto at = std::find(factors.begin(), factors.end(), factor);
  if (at == factors.end()) return;
  *at = outer;
  factors.insert(at + 1, inner);
}

void replace(Layout& layout, Factor factor, Factor outer, Factor inner) {
  for (auto& axis : layout.axes) replace(axis, factor, outer, inner);
  replace(layout.unrolled, factor, outer, inner);
}

// Takes factors for a dimension of this size from the front of `rest`, splitting the last one if need be.
std::optional<std::vector<Factor>> take(Elements& elements, std::vector<Factor>& rest, const Dim& wanted) {
  std::vector<Factor> taken;
  Dim size = 1;
  while (!provably_equal(size, wanted)) {
    if (rest.empty()) return std::nullopt;
    const Factor next = rest.front();
    const Dim more = size * elements.size(next);
    const bool fits = more.is_constant() && wanted.is_constant() ? more.value() <= wanted.value() : true;
    if (!fits) {
      if (!size.is_constant() || !wanted.is_constant() || wanted.value() % size.value() != 0 ||
          !elements.split(next, wanted.value() / size.value()))
        return std::nullopt;
      rest = elements.leaves(rest);
      continue;
    }
    if (more.is_unknown() || taken.size() > 64) return std::nullopt;
    taken.push_back(next);
    rest.erase(rest.begin());
    size = more;
  }
  return taken;
}

}  // namespace

bool places(const Layout& layout, Factor factor) {
  const auto in = [factor](const std::vector<Factor>& factors) {
    return std::find(factors.begin(), factors.end(), factor) != factors.end();
  };
  return in(layout.unrolled) || std::any_of(layout.axes.begin(), layout.axes.end(), in);
}

std::vector<Factor> flattened(const Layout& layout) {
  std::vector<Factor> all;
  for (const auto& axis : layout.axes) all.insert(all.end(), axis.begin(), axis.end());
  return all;
}

Factor Elements::add(Dim size) {
  sizes_.push_back(std::move(size));
  parts_.emplace_back();
  return static_cast<Factor>(sizes_.size()) - 1;
}

Dim Elements::size_of(const std::vector<Factor>& factors) const {
  Dim all = 1;
  for (const Factor factor : factors) all = all * size(factor);
  return all;
}

bool Elements::split(Factor factor, int64_t outer) {
  const Dim whole = size(factor);
  if (!whole.is_constant() || outer < 2 || whole.value() % outer != 0 || whole.value() == outer) return false;
  const Factor first = add(outer);
  const Factor second = add(whole.value() / outer);
  parts_[static_cast<size_t>(factor)] = Parts{first, second};
  for (Stored& one : stored) replace(one.layout, factor, first, second);
  replace(home, factor, first, second);
  return true;
}

std::vector<Factor> Elements::leaves(const std::vector<Factor>& factors) const {
  std::vector<Factor> all;
  for (const Factor factor : factors) {
    const auto& parts = parts_[static_cast<size_t>(factor)];
    if (!parts) {
      all.push_back(factor);
      continue;
    }
    for (const Factor leaf : leaves({parts->outer, parts->inner})) all.push_back(leaf);
  }
  return all;
}

Layout Elements::leaves(const Layout& layout) const {
  Layout all{{}, leaves(layout.unrolled)};
  for (const auto& axis : layout.axes) all.axes.push_back(leaves(axis));
  return all;
}

Layout Value::own_layout() const { return elements->leaves(Layout{axes, {}}); }

Value make_value(const Type& type) {
  Value value;
  value.elements = std::make_shared<Elements>();
  for (const Dim& dim : type.shape) {
    value.axes.emplace_back();
    if (dim != Dim(1)) value.axes.back().push_back(value.elements->add(dim));
  }
  return value;
}

std::optional<Value> reshaped(const Value& value, const Shape& shape) {
  Value result{value.elements, {}};
  std::vector<Factor> rest = flattened(value.own_layout());
  for (const Dim& dim : shape) {
    auto taken = take(*value.elements, rest, dim);
    if (!taken) return std::nullopt;
    result.axes.push_back(std::move(*taken));
  }
  if (!rest.empty()) return std::nullopt;
  return result;
}

bool align(Elements& a, std::vector<Factor> of_a, Elements& b, std::vector<Factor> of_b) {
  of_a = a.leaves(of_a);
  of_b = b.leaves(of_b);
  for (size_t i = 0; i < of_a.size() || i < of_b.size();) {
    if (i >= of_a.size() || i >= of_b.size()) return false;
    const Dim& size_a = a.size(of_a[i]);
    const Dim& size_b = b.size(of_b[i]);
    if (provably_equal(size_a, size_b)) {
      ++i;
      continue;
    }
    if (!size_a.is_constant() || !size_b.is_constant()) return false;
    const bool a_larger = size_a.value() > size_b.value();
    if (!(a_larger ? a.split(of_a[i], size_b.value()) : b.split(of_b[i], size_a.value()))) return false;
    of_a = a.leaves(of_a);
    of_b = b.leaves(of_b);
  }
  return true;
}

}  // namespace anemone::form

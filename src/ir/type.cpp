// SPDX-License-Identifier: Apache-2.0
#include "ir/type.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"

namespace anemone {

Dim Dim::symbol(const std::string& name) {
  Dim dim;
  dim.terms_ = {{name, 1}};
  return dim;
}

Dim Dim::unknown() {
  Dim dim;
  dim.unknown_ = true;
  return dim;
}

int64_t Dim::value() const {
  CHECK(is_constant());
  return constant_;
}

std::optional<int64_t> Dim::evaluate(const std::map<std::string, int64_t>& symbols) const {
  if (unknown_) return std::nullopt;
  int64_t sum = constant_;
  for (const auto& [name, factor] : terms_) {
    const auto symbol = symbols.find(name);
    if (symbol == symbols.end()) return std::nullopt;
    sum += factor * symbol->second;
  }
  return sum;
}

std::string Dim::str() const {
  if (unknown_) return "?";
  std::vector<std::string> parts;
  for (const auto& [name, factor] : terms_) parts.push_back(factor == 1 ? name : fmt::format("{}*{}", factor, name));
  if (constant_ != 0 || parts.empty()) parts.push_back(std::to_string(constant_));
  return join(parts, " + ");
}

Dim Dim::operator+(const Dim& other) const {
  if (unknown_ || other.unknown_) return unknown();
  Dim sum;
  if (__builtin_add_overflow(constant_, other.constant_, &sum.constant_)) return unknown();
  std::map<std::string, int64_t> terms(terms_.begin(), terms_.end());
  for (const auto& [name, factor] : other.terms_) terms[name] += factor;
  for (const auto& term : terms)
    if (term.second != 0) sum.terms_.push_back(term);
  return sum;
}

Dim Dim::operator-(const Dim& other) const { return *this + other * Dim(-1); }

Dim Dim::operator*(const Dim& other) const {
  if (unknown_ || other.unknown_) return unknown();
  if (!is_constant()) return other.is_constant() ? other * *this : unknown();
  Dim result;
  if (__builtin_mul_overflow(constant_, other.constant_, &result.constant_)) return unknown();
  if (constant_ == 0) return result;
  for (const auto& [name, factor] : other.terms_) {
    int64_t scaled = 0;
    if (__builtin_mul_overflow(constant_, factor, &scaled)) return unknown();
    result.terms_.emplace_back(name, scaled);
  }
  return result;
}

Dim Dim::divided_by(int64_t divisor) const {
  if (unknown_ || divisor <= 0) return unknown();
  if (is_constant()) return constant_ >= 0 ? constant_ / divisor : -((-constant_ + divisor - 1) / divisor);
  Dim result = *this;
  if (constant_ % divisor != 0) return unknown();
  result.constant_ /= divisor;
  for (auto& term : result.terms_) {
    if (term.second % divisor != 0) return unknown();
    term.second /= divisor;
  }
  return result;
}

bool provably_equal(const Dim& a, const Dim& b) { return !a.is_unknown() && a == b; }

bool provably_different(const Dim& a, const Dim& b) {
  const Dim gap = a - b;
  return gap.is_constant() && gap.value() != 0;
}

Type Type::tensor(DType dtype, Shape shape) {
  Type type;
  type.dtype = dtype;
  type.shape = std::move(shape);
  return type;
}

Type Type::tensor(DType dtype, const ConcreteShape& shape) { return tensor(dtype, Shape(shape.begin(), shape.end())); }

Type Type::unranked(DType dtype) {
  Type type;
  type.dtype = dtype;
  type.ranked = false;
  return type;
}

Type Type::list(Type element, Dim length) {
  Type type;
  type.kind = Kind::kList;
  type.length = std::move(length);
  type.elements = {std::move(element)};
  return type;
}

Type Type::tuple(std::vector<Type> elements) {
  Type type;
  type.kind = Kind::kTuple;
  type.elements = std::move(elements);
  return type;
}

Type Type::dictionary(Type key, Type value) {
  Type type;
  type.kind = Kind::kDictionary;
  type.elements = {std::move(key), std::move(value)};
  return type;
}

Type Type::state(Type tensor) {
  Type type;
  type.kind = Kind::kState;
  type.elements = {std::move(tensor)};
  return type;
}

bool Type::is_concrete() const {
  return is_tensor() && ranked &&
         std::all_of(shape.begin(), shape.end(), [](const Dim& dim) { return dim.is_constant(); });
}

ConcreteShape Type::concrete() const {
  CHECK(is_concrete());
  ConcreteShape sizes;
  for (const Dim& dim : shape) sizes.push_back(dim.value());
  return sizes;
}

int64_t Type::element_count() const { return product(concrete()); }

std::string Type::str() const {
  const auto all = [](const auto& items) {
    std::vector<std::string> texts;
    for (const auto& item : items) texts.push_back(item.str());
    return join(texts, ", ");
  };
  switch (kind) {
    case Kind::kTensor:
      return fmt::format("tensor<{}, {}>", name_of(dtype), ranked ? "[" + all(shape) + "]" : "?");
    case Kind::kList:
      return fmt::format("list<{}, {}>", elements[0].str(), length.str());
    case Kind::kTuple:
      return fmt::format("tuple<{}>", all(elements));
    case Kind::kDictionary:
      return fmt::format("dict<{}>", all(elements));
    case Kind::kState:
      return fmt::format("state<{}>", all(elements));
  }
  return "?";
}

bool compatible(const Type& declared, const Type& inferred) {
  if (declared.kind != inferred.kind) return false;
  if (declared.is_tensor()) {
    if (declared.dtype != inferred.dtype) return false;
    if (!declared.ranked || !inferred.ranked) return true;
    if (declared.rank() != inferred.rank()) return false;
    for (size_t i = 0; i < declared.shape.size(); ++i)
      if (provably_different(declared.shape[i], inferred.shape[i])) return false;
    return true;
  }
  if (declared.elements.size() != inferred.elements.size()) return false;
  for (size_t i = 0; i < declared.elements.size(); ++i)
    if (!compatible(declared.elements[i], inferred.elements[i])) return false;
  return declared.kind != Type::Kind::kList || !provably_different(declared.length, inferred.length);
}

Type merged(const Type& declared, const Type& inferred) {
  if (!declared.is_tensor() || !compatible(declared, inferred)) return declared;
  if (!inferred.ranked) return declared;
  if (!declared.ranked) return inferred;
  Type type = declared;
  for (size_t i = 0; i < type.shape.size(); ++i)
    if (type.shape[i].is_unknown() || inferred.shape[i].is_constant()) type.shape[i] = inferred.shape[i];
  return type;
}

int64_t product(const ConcreteShape& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0) fail("negative dimension {}", size);
    if (size == 0) return 0;
  }
  for (const int64_t size : shape)
    if (__builtin_mul_overflow(count, size, &count)) fail("shape {} has too many elements", to_string(shape));
  return count;
}

std::string to_string(const ConcreteShape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

}  // namespace anemone

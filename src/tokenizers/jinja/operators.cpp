// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "base/error.h"
#include "tokenizers/jinja/library.h"
#include "tokenizers/unicode.h"

namespace anemone::jinja {
namespace {

[[noreturn]] void too_large() { fail("a number leaves 64 bits"); }

Value repeat(const Value& value, int64_t times) {
  const auto count = static_cast<size_t>(std::max<int64_t>(times, 0));
  const size_t size = value.is_string() ? value.text().size() : value.list().size();
  if (size != 0 && count > kLargest / size) fail("a repeated value is too large");
  if (value.is_string()) {
    std::string text;
    for (size_t i = 0; i < count && size != 0; ++i) text += value.text();
    return text;
  }
  List list;
  for (size_t i = 0; i < count && size != 0; ++i) list.insert(list.end(), value.list().begin(), value.list().end());
  return list;
}

Value add(const Value& a, const Value& b) {
  if (a.is_string() && b.is_string()) {
    if (a.text().size() + b.text().size() > kLargest) fail("a text is too large");
    return a.text() + b.text();
  }
  if (!a.is_list() || !b.is_list()) fail("{} and {} cannot be added", a.kind(), b.kind());
  List list = a.list();
  if (list.size() + b.list().size() > kLargest / sizeof(Value)) fail("a list is too large");
  list.insert(list.end(), b.list().begin(), b.list().end());
  return list;
}

int64_t floor_divide(int64_t a, int64_t b) {
  if (b == 0) fail("division by zero");
  if (b == -1) {
    int64_t negated = 0;
    if (__builtin_sub_overflow(int64_t{0}, a, &negated)) too_large();
    return negated;
  }
  const int64_t quotient = a / b;
  return quotient - static_cast<int64_t>(a % b != 0 && (a < 0) != (b < 0));
}

int64_t power(int64_t base, int64_t exponent) {
  int64_t result = 1;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) too_large();
    if (exponent > 1 && __builtin_mul_overflow(base, base, &base)) too_large();
  }
  return result;
}

Value of_integers(std::string_view name, int64_t a, int64_t b) {
  int64_t result = 0;
  if (name == "+" && !__builtin_add_overflow(a, b, &result)) return result;
  if (name == "-" && !__builtin_sub_overflow(a, b, &result)) return result;
  if (name == "*" && !__builtin_mul_overflow(a, b, &result)) return result;
  if (name == "//") return floor_divide(a, b);
  if (name == "%") return b == -1 ? int64_t{0} : a - floor_divide(a, b) * b;
  if (name == "**" && b >= 0) return power(a, b);
  if (name == "**") return std::pow(static_cast<double>(a), static_cast<double>(b));
  if (name != "/") too_large();
  if (b == 0) fail("division by zero");
  return static_cast<double>(a) / static_cast<double>(b);
}

Value of_floats(std::string_view name, double a, double b) {
  if (name == "+") return a + b;
  if (name == "-") return a - b;
  if (name == "*") return a * b;
  if (name == "**") return std::pow(a, b);
  if (b == 0) fail("division by zero");
  if (name == "/") return a / b;
  const double quotient = std::floor(a / b);
  return name == "//" ? quotient : a - quotient * b;
}

bool contains(const Value& all, const Value& one) {
  if (all.is_string()) return all.text().find(one.text()) != std::string::npos;
  if (all.is_dict()) return all.find(one) != nullptr;
  for (const Value& element : all.elements())
    if (equal(element, one)) return true;
  return false;
}

}  // namespace

Value apply_operator(std::string_view name, const Value& a, const Value& b) {
  if (name == "~") return add(to_text(a), to_text(b));
  if (a.is_number() && b.is_number())
    return a.is_float() || b.is_float() ? of_floats(name, a.number(), b.number())
                                        : of_integers(name, a.integer(), b.integer());
  if (name == "+" && !a.is_undefined() && !b.is_undefined()) return add(a, b);
  if (name == "*" && (a.is_string() || a.is_list()) && b.is_number()) return repeat(a, b.integer());
  if (name == "*" && (b.is_string() || b.is_list()) && a.is_number()) return repeat(b, a.integer());
  if (!a.is_number()) a.number();  // says what is wrong
  b.number();
  fail("{} does not work on {} and {}", name, a.kind(), b.kind());
}

bool apply_comparison(std::string_view name, const Value& a, const Value& b) {
  if (name == "==") return equal(a, b);
  if (name == "!=") return !equal(a, b);
  if (name == "in") return contains(b, a);
  if (name == "not in") return !contains(b, a);
  if (name == "<") return compare(a, b) < 0;
  if (name == "<=") return compare(a, b) <= 0;
  if (name == ">") return compare(a, b) > 0;
  return compare(a, b) >= 0;
}

Value item_of(const Value& value, const Value& key) {
  if (value.is_dict()) {
    const Value* found = value.find(key);
    if (found != nullptr) return *found;
    return key.is_string() ? method_of(value, key.text()) : Value(Undefined{to_text(key)});
  }
  if (key.is_string()) return attribute_of(value, key.text());
  if (!value.is_list() && !value.is_string()) {
    if (value.is_undefined()) value.text();  // says what is wrong
    return Undefined{to_text(key)};
  }
  const List elements = value.elements();
  int64_t index = key.integer();
  if (index < 0) index += static_cast<int64_t>(elements.size());
  if (index < 0 || index >= static_cast<int64_t>(elements.size())) return Undefined{to_text(key)};
  return elements[static_cast<size_t>(index)];
}

Value attribute_of(const Value& value, const std::string& name) {
  if (value.is_undefined()) value.text();  // says what is wrong
  if (value.is_namespace()) {
    for (const auto& [known, member] : value.space().members)
      if (known == name) return member;
    return Undefined{name};
  }
  Value method = method_of(value, name);
  if (!method.is_undefined() || !value.is_dict()) return method;
  const Value* found = value.find(Value(name));
  return found != nullptr ? *found : Value(Undefined{name});
}

Value slice_of(const Value& value, const Value& begin, const Value& end, const Value& step) {
  const List elements = value.elements();
  if (value.is_dict()) fail("a dict cannot be sliced");
  const auto size = static_cast<int64_t>(elements.size());
  const int64_t by = step.is_undefined() || step.is_none() ? 1 : step.integer();
  if (by == 0) fail("a slice cannot have a step of 0");
  const auto bound = [&](const Value& given, int64_t fallback) {
    if (given.is_undefined() || given.is_none()) return fallback;
    const int64_t place = given.integer() < 0 ? std::max(given.integer() + size, int64_t{-1}) : given.integer();
    return by > 0 ? std::clamp(place, int64_t{0}, size) : std::min(place, size - 1);
  };
  const int64_t first = bound(begin, by > 0 ? 0 : size - 1);
  const int64_t last = bound(end, by > 0 ? size : -1);
  List taken;
  for (int64_t i = first; by > 0 ? i < last : i > last;) {
    taken.push_back(elements[static_cast<size_t>(i)]);
    if (__builtin_add_overflow(i, by, &i)) break;
  }
  if (!value.is_string()) return taken;
  std::string text;
  for (const Value& character : taken) text += character.text();
  return text;
}

}  // namespace anemone::jinja

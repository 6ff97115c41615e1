// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "tokenizers/fields.h"
#include "tokenizers/jinja/library.h"
#include "tokenizers/unicode.h"

namespace anemone::jinja {
namespace {

struct Entry {
  std::string_view name;
  Test test;
};

bool compares(const char* name, const Value& subject, const Arguments& arguments) {
  return apply_comparison(name, subject, required(arguments, 0, "other"));
}

int64_t remainder(const Value& subject, const Value& divisor) {
  return apply_operator("%", Value(subject.integer()), Value(divisor.integer())).integer();
}

constexpr Entry kTests[] = {
    {"defined", [](const Value& v, const Arguments&) { return !v.is_undefined(); }},
    {"undefined", [](const Value& v, const Arguments&) { return v.is_undefined(); }},
    {"none", [](const Value& v, const Arguments&) { return v.is_none(); }},
    {"boolean", [](const Value& v, const Arguments&) { return v.is_bool(); }},
    {"true", [](const Value& v, const Arguments&) { return v.is_bool() && v.truth(); }},
    {"false", [](const Value& v, const Arguments&) { return v.is_bool() && !v.truth(); }},
    {"integer", [](const Value& v, const Arguments&) { return v.is_int(); }},
    {"float", [](const Value& v, const Arguments&) { return v.is_float(); }},
    {"number", [](const Value& v, const Arguments&) { return v.is_number(); }},
    {"string", [](const Value& v, const Arguments&) { return v.is_string(); }},
    {"mapping", [](const Value& v, const Arguments&) { return v.is_dict(); }},
    {"sequence", [](const Value& v, const Arguments&) { return v.is_list() || v.is_dict() || v.is_string(); }},
    {"iterable",
     [](const Value& v, const Arguments&) { return v.is_list() || v.is_dict() || v.is_string() || v.is_undefined(); }},
    {"callable", [](const Value& v, const Arguments&) { return v.is_function(); }},
    {"odd", [](const Value& v, const Arguments&) { return remainder(v, Value(int64_t{2})) == 1; }},
    {"even", [](const Value& v, const Arguments&) { return remainder(v, Value(int64_t{2})) == 0; }},
    {"divisibleby", [](const Value& v, const Arguments& a) { return remainder(v, required(a, 0, "num")) == 0; }},
    {"lower",
     [](const Value& v, const Arguments&) { return to_lower(v.text()) == v.text() && to_upper(v.text()) != v.text(); }},
    {"upper",
     [](const Value& v, const Arguments&) { return to_upper(v.text()) == v.text() && to_lower(v.text()) != v.text(); }},
    {"eq", [](const Value& v, const Arguments& a) { return compares("==", v, a); }},
    {"equalto", [](const Value& v, const Arguments& a) { return compares("==", v, a); }},
    {"==", [](const Value& v, const Arguments& a) { return compares("==", v, a); }},
    {"sameas", [](const Value& v, const Arguments& a) { return compares("==", v, a); }},
    {"ne", [](const Value& v, const Arguments& a) { return compares("!=", v, a); }},
    {"!=", [](const Value& v, const Arguments& a) { return compares("!=", v, a); }},
    {"lt", [](const Value& v, const Arguments& a) { return compares("<", v, a); }},
    {"lessthan", [](const Value& v, const Arguments& a) { return compares("<", v, a); }},
    {"<", [](const Value& v, const Arguments& a) { return compares("<", v, a); }},
    {"le", [](const Value& v, const Arguments& a) { return compares("<=", v, a); }},
    {"<=", [](const Value& v, const Arguments& a) { return compares("<=", v, a); }},
    {"gt", [](const Value& v, const Arguments& a) { return compares(">", v, a); }},
    {"greaterthan", [](const Value& v, const Arguments& a) { return compares(">", v, a); }},
    {">", [](const Value& v, const Arguments& a) { return compares(">", v, a); }},
    {"ge", [](const Value& v, const Arguments& a) { return compares(">=", v, a); }},
    {">=", [](const Value& v, const Arguments& a) { return compares(">=", v, a); }},
    {"in", [](const Value& v, const Arguments& a) { return compares("in", v, a); }},
    {"filter", [](const Value& v, const Arguments&) { return find_filter(v.text()) != nullptr; }},
    {"test", [](const Value& v, const Arguments&) { return find_test(v.text()) != nullptr; }},
};

}  // namespace

Test find_test(std::string_view name) {
  for (const Entry& entry : kTests)
    if (entry.name == name) return entry.test;
  return nullptr;
}

bool apply_test(std::string_view name, const Value& subject, const Arguments& arguments) {
  const Test test = find_test(name);
  if (test == nullptr) fail("the test {} is not supported", quote_name(name));
  return test(subject, arguments);
}

}  // namespace anemone::jinja

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/strings.h"
#include "tokenizers/fields.h"
#include "tokenizers/jinja/library.h"
#include "tokenizers/unicode.h"

namespace anemone::jinja {
namespace {

struct Entry {
  std::string_view name;
  Filter filter;
};

// Follows a path such as "function.name" or "items.0".
Value follow(Value value, const Value& path) {
  if (!path.is_string()) return item_of(value, path);
  for (const std::string& part : split(path.text(), '.')) {
    const auto index = parse_int(part);
    value = index ? item_of(value, Value(*index)) : attribute_of(value, part);
  }
  return value;
}

Arguments rest_of(const Arguments& arguments, size_t from) {
  Arguments rest;
  for (size_t i = from; i < arguments.positional.size(); ++i) rest.positional.push_back(arguments.positional[i]);
  return rest;
}

// select and reject, by the value itself or by an attribute of it.
Value choose(const Value& input, const Arguments& arguments, bool wanted, bool by_attribute) {
  const size_t skip = by_attribute ? 1 : 0;
  const Value* test = arguments.find(skip, "");
  const Arguments rest = rest_of(arguments, skip + 1);
  List chosen;
  for (const Value& element : input.elements()) {
    const Value subject = by_attribute ? follow(element, required(arguments, 0, "attribute")) : element;
    const bool found = test != nullptr ? apply_test(test->text(), subject, rest) : subject.truth();
    if (found == wanted) chosen.push_back(element);
  }
  return chosen;
}

Value map(const Value& input, const Arguments& arguments) {
  List result;
  const Value* attribute = nullptr;
  for (const auto& [name, value] : arguments.named)
    if (name == "attribute") attribute = &value;
  for (const Value& element : input.elements()) {
    if (attribute == nullptr) {
      result.push_back(apply_filter(required(arguments, 0, "filter").text(), element, rest_of(arguments, 1)));
      continue;
    }
    Value value = follow(element, *attribute);
    if (value.is_undefined()) value = optional(arguments, 99, "default", std::move(value));
    result.push_back(std::move(value));
  }
  return result;
}

Value tojson(const Value& input, const Arguments& arguments) {
  // transformers: tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False)
  JsonStyle style;
  style.ascii = optional(arguments, 0, "ensure_ascii", false).truth();
  const Value indent = optional(arguments, 1, "indent", None{});
  if (!indent.is_none()) style.indent = static_cast<int>(std::clamp<int64_t>(indent.integer(), 0, 100));
  const Value separators = optional(arguments, 2, "separators", None{});
  if (!separators.is_none()) {
    if (separators.list().size() != 2) fail("tojson: expected two separators");
    style.between = separators.list()[0].text();
    style.after_key = separators.list()[1].text();
  }
  style.sorted = optional(arguments, 3, "sort_keys", false).truth();
  return to_json(input, style);
}

Value join_all(const Value& input, const Arguments& arguments) {
  const std::string separator = to_text(optional(arguments, 0, "d", ""));
  const Value attribute = optional(arguments, 1, "attribute", None{});
  std::string text;
  bool first = true;
  for (const Value& element : input.elements()) {
    if (!first) text += separator;
    first = false;
    text += to_text(attribute.is_none() ? element : follow(element, attribute));
    if (text.size() > kLargest) fail("join makes a text that is too large");
  }
  return text;
}

Value length(const Value& input, const Arguments&) {
  if (input.is_string()) return static_cast<int64_t>(count_code_points(input.text()));
  if (input.is_dict()) return static_cast<int64_t>(input.dict().size());
  if (input.is_undefined()) return int64_t{0};
  return static_cast<int64_t>(input.list().size());
}

Value fallback(const Value& input, const Arguments& arguments) {
  const bool also_false = optional(arguments, 1, "boolean", false).truth();
  return input.is_undefined() || (also_false && !input.truth()) ? optional(arguments, 0, "default_value", "") : input;
}

Value end_of(const Value& input, bool front) {
  const List elements = input.elements();
  if (elements.empty()) return Undefined{front ? "first element" : "last element"};
  return front ? elements.front() : elements.back();
}

Value reverse(const Value& input, const Arguments&) {
  List elements = input.elements();
  std::reverse(elements.begin(), elements.end());
  if (!input.is_string()) return elements;
  std::string text;
  for (const Value& character : elements) text += character.text();
  return text;
}

// What sorting compares: texts without case unless asked.
Value sort_key(const Value& value, bool case_sensitive) {
  return value.is_string() && !case_sensitive ? Value(to_lower(value.text())) : value;
}

Value sort(const Value& input, const Arguments& arguments) {
  const bool backwards = optional(arguments, 0, "reverse", false).truth();
  const bool case_sensitive = optional(arguments, 1, "case_sensitive", false).truth();
  const Value attribute = optional(arguments, 2, "attribute", None{});
  List elements = input.elements();
  const auto key = [&](const Value& value) {
    return sort_key(attribute.is_none() ? value : follow(value, attribute), case_sensitive);
  };
  std::stable_sort(elements.begin(), elements.end(), [&](const Value& a, const Value& b) {
    return backwards ? compare(key(b), key(a)) < 0 : compare(key(a), key(b)) < 0;
  });
  return elements;
}

Value sort_dict(const Value& input, const Arguments& arguments) {
  const bool case_sensitive = optional(arguments, 0, "case_sensitive", false).truth();
  const size_t by = optional(arguments, 1, "by", "key").text() == "value" ? 1 : 0;
  const bool backwards = optional(arguments, 2, "reverse", false).truth();
  List pairs;
  for (const auto& [key, value] : input.dict()) pairs.emplace_back(List{key, value});
  std::stable_sort(pairs.begin(), pairs.end(), [&](const Value& a, const Value& b) {
    const int order = compare(sort_key(a.list()[by], case_sensitive), sort_key(b.list()[by], case_sensitive));
    return backwards ? order > 0 : order < 0;
  });
  return pairs;
}

Value unique(const Value& input, const Arguments& arguments) {
  const bool case_sensitive = optional(arguments, 0, "case_sensitive", false).truth();
  List kept;
  for (const Value& element : input.elements()) {
    const Value key = sort_key(element, case_sensitive);
    const bool known = std::any_of(kept.begin(), kept.end(),
                                   [&](const Value& one) { return equal(sort_key(one, case_sensitive), key); });
    if (!known) kept.push_back(element);
  }
  return kept;
}

Value extreme(const Value& input, const Arguments& arguments, int sign) {
  const Value attribute = optional(arguments, 1, "attribute", None{});
  const auto key = [&](const Value& value) { return attribute.is_none() ? value : follow(value, attribute); };
  Value best{Undefined{"extreme"}};
  for (const Value& element : input.elements())
    if (best.is_undefined() || compare(key(element), key(best)) * sign > 0) best = element;
  return best;
}

Value sum(const Value& input, const Arguments& arguments) {
  const Value attribute = optional(arguments, 0, "attribute", None{});
  Value total = optional(arguments, 1, "start", int64_t{0});
  for (const Value& element : input.elements())
    total = apply_operator("+", total, attribute.is_none() ? element : follow(element, attribute));
  return total;
}

Value indent(const Value& input, const Arguments& arguments) {
  const Value width = optional(arguments, 0, "width", int64_t{4});
  const bool first = optional(arguments, 1, "first", false).truth();
  const bool blank = optional(arguments, 2, "blank", false).truth();
  const std::string space = width.is_string()
                                ? width.text()
                                : std::string(static_cast<size_t>(std::clamp<int64_t>(width.integer(), 0, 1000)), ' ');
  const std::vector<std::string> lines = split(input.text(), '\n');
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) text += '\n';
    const bool indented = i == 0 ? first : blank || !lines[i].empty();
    text += (indented ? space : "") + lines[i];
  }
  return text;
}

Value to_int(const Value& input, const Arguments& arguments) {
  if (input.is_float() && std::abs(input.number()) < 9e18) return static_cast<int64_t>(input.number());
  if (input.is_number() && !input.is_float()) return input.integer();
  if (input.is_string()) {
    const std::string text = strip(input.text(), true, true, nullptr);
    if (const auto value = parse_int(text)) return *value;
    if (const auto value = parse_double(text); value && std::abs(*value) < 9e18) return static_cast<int64_t>(*value);
  }
  return optional(arguments, 0, "default", int64_t{0});
}

Value to_float(const Value& input, const Arguments& arguments) {
  if (input.is_number()) return input.number();
  if (input.is_string())
    if (const auto value = parse_double(strip(input.text(), true, true, nullptr))) return *value;
  return optional(arguments, 0, "default", 0.0);
}

Value round_number(const Value& input, const Arguments& arguments) {
  const int64_t digits = std::clamp<int64_t>(optional(arguments, 0, "precision", int64_t{0}).integer(), -300, 300);
  const std::string method = optional(arguments, 1, "method", "common").text();
  const double scale = std::pow(10.0, static_cast<double>(digits));
  const double scaled = input.number() * scale;
  const double rounded = method == "ceil"    ? std::ceil(scaled)
                         : method == "floor" ? std::floor(scaled)
                                             : std::nearbyint(scaled);
  return rounded / scale;
}

Value absolute(const Value& input, const Arguments&) {
  if (input.is_float()) return std::abs(input.number());
  return input.integer() < 0 ? apply_operator("-", Value(int64_t{0}), input) : Value(input.integer());
}

Value escape(const Value& input, const Arguments&) {
  std::string text;
  for (const char c : to_text(input)) {
    switch (c) {
      case '&':
        text += "&amp;";
        break;
      case '<':
        text += "&lt;";
        break;
      case '>':
        text += "&gt;";
        break;
      case '"':
        text += "&#34;";
        break;
      case '\'':
        text += "&#39;";
        break;
      default:
        text += c;
    }
  }
  return text;
}

Value items(const Value& input, const Arguments&) {
  if (input.is_undefined()) return List{};
  return method_of(input, "items").call({});
}

Value same(const Value& input, const Arguments&) { return input; }

Value trim_text(const Value& input, const Arguments& a) {
  return strip(to_text(input), true, true, a.find(0, "chars"));
}

constexpr Entry kFilters[] = {
    {"abs", absolute},
    {"attr",
     [](const Value& v, const Arguments& a) -> Value { return attribute_of(v, required(a, 0, "name").text()); }},
    {"capitalize", [](const Value& v, const Arguments&) -> Value { return capitalize(to_text(v)); }},
    {"count", length},
    {"d", fallback},
    {"default", fallback},
    {"dictsort", sort_dict},
    {"e", escape},
    {"escape", escape},
    {"first", [](const Value& v, const Arguments&) -> Value { return end_of(v, true); }},
    {"float", to_float},
    {"indent", indent},
    {"int", to_int},
    {"items", items},
    {"join", join_all},
    {"last", [](const Value& v, const Arguments&) -> Value { return end_of(v, false); }},
    {"length", length},
    {"list", [](const Value& v, const Arguments&) -> Value { return v.elements(); }},
    {"lower", [](const Value& v, const Arguments&) -> Value { return to_lower(to_text(v)); }},
    {"map", map},
    {"max", [](const Value& v, const Arguments& a) -> Value { return extreme(v, a, 1); }},
    {"min", [](const Value& v, const Arguments& a) -> Value { return extreme(v, a, -1); }},
    {"reject", [](const Value& v, const Arguments& a) -> Value { return choose(v, a, false, false); }},
    {"rejectattr", [](const Value& v, const Arguments& a) -> Value { return choose(v, a, false, true); }},
    {"replace",
     [](const Value& v, const Arguments& a) -> Value {
       return replace(to_text(v), to_text(required(a, 0, "old")), to_text(required(a, 1, "new")),
                      optional(a, 2, "count", int64_t{-1}).integer());
     }},
    {"reverse", reverse},
    {"round", round_number},
    {"safe", same},
    {"select", [](const Value& v, const Arguments& a) -> Value { return choose(v, a, true, false); }},
    {"selectattr", [](const Value& v, const Arguments& a) -> Value { return choose(v, a, true, true); }},
    {"sort", sort},
    {"string", [](const Value& v, const Arguments&) -> Value { return to_text(v); }},
    {"sum", sum},
    {"title", [](const Value& v, const Arguments&) -> Value { return title(to_text(v)); }},
    {"tojson", tojson},
    {"trim", trim_text},
    {"unique", unique},
    {"upper", [](const Value& v, const Arguments&) -> Value { return to_upper(to_text(v)); }},
};

}  // namespace

Filter find_filter(std::string_view name) {
  for (const Entry& entry : kFilters)
    if (entry.name == name) return entry.filter;
  return nullptr;
}

Value apply_filter(std::string_view name, const Value& input, const Arguments& arguments) {
  const Filter filter = find_filter(name);
  if (filter == nullptr) fail("the filter {} is not supported", quote_name(name));
  return filter(input, arguments);
}

}  // namespace anemone::jinja

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/error.h"
#include "tokenizers/jinja/library.h"
#include "tokenizers/unicode.h"

namespace anemone::jinja {
namespace {

using Method = Value (*)(const Value& self, const Arguments& arguments);
struct Entry {
  std::string_view name;
  Method method;
};

// Whether the text begins or ends with one of the given ones.
template <typename Fits>
bool any_fits(const Value& given, Fits fits) {
  if (given.is_string()) return fits(given.text());
  return std::any_of(given.list().begin(), given.list().end(), [&](const Value& one) { return fits(one.text()); });
}

Value split_spaces(std::string_view text, int64_t most) {
  List parts;
  std::string rest = strip(text, true, true, nullptr);
  while (!rest.empty()) {
    size_t end = 0;
    while (end < rest.size()) {
      size_t next = end;
      if (is_white_space(next_code_point(rest, next))) break;
      end = next;
    }
    if (most >= 0 && static_cast<int64_t>(parts.size()) == most) end = rest.size();
    parts.emplace_back(rest.substr(0, end));
    rest = strip(std::string_view(rest).substr(end), true, false, nullptr);
  }
  return parts;
}

Value split_text(const Value& self, const Arguments& arguments) {
  const Value separator = optional(arguments, 0, "sep", None{});
  const int64_t most = optional(arguments, 1, "maxsplit", int64_t{-1}).integer();
  const std::string& text = self.text();
  if (separator.is_none()) return split_spaces(text, most);
  if (separator.text().empty()) fail("split needs a separator that is not empty");
  List parts;
  size_t begin = 0;
  for (size_t found = text.find(separator.text());
       found != std::string::npos && (most < 0 || static_cast<int64_t>(parts.size()) < most);
       found = text.find(separator.text(), begin)) {
    parts.emplace_back(text.substr(begin, found - begin));
    begin = found + separator.text().size();
  }
  parts.emplace_back(text.substr(begin));
  return parts;
}

Value split_from_right(const Value& self, const Arguments& arguments) {
  const Value separator = optional(arguments, 0, "sep", None{});
  const int64_t most = optional(arguments, 1, "maxsplit", int64_t{-1}).integer();
  if (separator.is_none() || most < 0) return split_text(self, arguments);
  if (separator.text().empty()) fail("rsplit needs a separator that is not empty");
  List parts;
  std::string_view rest = self.text();
  for (int64_t i = 0; i < most; ++i) {
    const size_t found = rest.rfind(separator.text());
    if (found == std::string_view::npos) break;
    parts.emplace_back(rest.substr(found + separator.text().size()));
    rest = rest.substr(0, found);
  }
  parts.emplace_back(rest);
  std::reverse(parts.begin(), parts.end());
  return parts;
}

Value split_lines(const Value& self, const Arguments& arguments) {
  const bool keeps = optional(arguments, 0, "keepends", false).truth();
  List lines;
  const std::string& text = self.text();
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
    size_t next = std::min(end + 1, text.size());
    if (end + 1 < text.size() && text[end] == '\r' && text[end + 1] == '\n') ++next;
    lines.emplace_back(text.substr(begin, (keeps ? next : end) - begin));
    begin = next;
  }
  return lines;
}

Value find_text(const Value& self, const Arguments& arguments) {
  const size_t found = self.text().find(required(arguments, 0, "sub").text());
  if (found == std::string::npos) return int64_t{-1};
  return static_cast<int64_t>(count_code_points(std::string_view(self.text()).substr(0, found)));
}

Value join_text(const Value& self, const Arguments& arguments) {
  std::string text;
  bool first = true;
  for (const Value& part : required(arguments, 0, "iterable").elements()) {
    if (!first) text += self.text();
    first = false;
    text += part.text();
    if (text.size() > kLargest) fail("join makes a text that is too large");
  }
  return text;
}

Value count_in(const Value& self, const Arguments& arguments) {
  const Value& wanted = required(arguments, 0, "sub");
  int64_t count = 0;
  if (self.is_list())
    return std::count_if(self.list().begin(), self.list().end(), [&](const Value& one) { return equal(one, wanted); });
  if (wanted.text().empty()) return static_cast<int64_t>(count_code_points(self.text())) + 1;
  for (size_t at = self.text().find(wanted.text()); at != std::string::npos;
       at = self.text().find(wanted.text(), at + wanted.text().size()))
    ++count;
  return count;
}

bool all_are(const Value& self, bool (*property)(char32_t)) {
  const std::string& text = self.text();
  for (size_t i = 0; i < text.size();)
    if (!property(next_code_point(text, i))) return false;
  return !text.empty();
}

constexpr Entry kTextMethods[] = {
    {"strip",
     [](const Value& self, const Arguments& a) -> Value { return strip(self.text(), true, true, a.find(0, "chars")); }},
    {"lstrip",
     [](const Value& self, const Arguments& a) -> Value {
       return strip(self.text(), true, false, a.find(0, "chars"));
     }},
    {"rstrip",
     [](const Value& self, const Arguments& a) -> Value {
       return strip(self.text(), false, true, a.find(0, "chars"));
     }},
    {"upper", [](const Value& self, const Arguments&) -> Value { return to_upper(self.text()); }},
    {"lower", [](const Value& self, const Arguments&) -> Value { return to_lower(self.text()); }},
    {"title", [](const Value& self, const Arguments&) -> Value { return title(self.text()); }},
    {"capitalize", [](const Value& self, const Arguments&) -> Value { return capitalize(self.text()); }},
    {"startswith",
     [](const Value& self, const Arguments& a) -> Value {
       return any_fits(required(a, 0, "prefix"),
                       [&](const std::string& one) { return self.text().rfind(one, 0) == 0; });
     }},
    {"endswith",
     [](const Value& self, const Arguments& a) -> Value {
       return any_fits(required(a, 0, "suffix"), [&](const std::string& one) {
         return self.text().size() >= one.size() &&
                self.text().compare(self.text().size() - one.size(), one.size(), one) == 0;
       });
     }},
    {"removeprefix",
     [](const Value& self, const Arguments& a) -> Value {
       const std::string& prefix = required(a, 0, "prefix").text();
       return self.text().rfind(prefix, 0) == 0 ? self.text().substr(prefix.size()) : self.text();
     }},
    {"removesuffix",
     [](const Value& self, const Arguments& a) -> Value {
       const std::string& suffix = required(a, 0, "suffix").text();
       const std::string& text = self.text();
       const bool ends = !suffix.empty() && text.size() >= suffix.size() &&
                         text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
       return ends ? text.substr(0, text.size() - suffix.size()) : text;
     }},
    {"replace",
     [](const Value& self, const Arguments& a) -> Value {
       return replace(self.text(), required(a, 0, "old").text(), required(a, 1, "new").text(),
                      optional(a, 2, "count", int64_t{-1}).integer());
     }},
    {"split", split_text},
    {"rsplit", split_from_right},
    {"splitlines", split_lines},
    {"find", find_text},
    {"join", join_text},
    {"count", count_in},
    {"isdigit",
     [](const Value& self, const Arguments&) -> Value {
       return all_are(self, [](char32_t c) { return c >= '0' && c <= '9'; });
     }},
    {"isspace", [](const Value& self, const Arguments&) -> Value { return all_are(self, is_white_space); }},
};

Value items(const Value& self, const Arguments&) {
  List list;
  for (const auto& [key, value] : self.dict()) list.emplace_back(List{key, value});
  return list;
}

Value get(const Value& self, const Arguments& arguments) {
  const Value* found = self.find(required(arguments, 0, "key"));
  return found != nullptr ? *found : optional(arguments, 1, "default", None{});
}

constexpr Entry kDictMethods[] = {
    {"items", items},
    {"get", get},
    {"keys", [](const Value& self, const Arguments&) -> Value { return self.elements(); }},
    {"values",
     [](const Value& self, const Arguments&) -> Value {
       List list;
       for (const auto& [key, value] : self.dict()) list.push_back(value);
       return list;
     }},
    {"copy", [](const Value& self, const Arguments&) -> Value { return self; }},
};

Value index_in(const Value& self, const Arguments& arguments) {
  const Value& wanted = required(arguments, 0, "value");
  for (size_t i = 0; i < self.list().size(); ++i)
    if (equal(self.list()[i], wanted)) return static_cast<int64_t>(i);
  fail("index: the value is not in the list");
}

constexpr Entry kListMethods[] = {
    {"index", index_in},
    {"count", count_in},
    {"copy", [](const Value& self, const Arguments&) -> Value { return self; }},
};

template <size_t N>
Value bind(const Entry (&methods)[N], const Value& self, const std::string& name) {
  for (const Entry& entry : methods)
    if (entry.name == name)
      return Function([self, method = entry.method](const Arguments& arguments) { return method(self, arguments); });
  return Undefined{name};
}

}  // namespace

const Value& required(const Arguments& arguments, size_t place, std::string_view name) {
  const Value* found = arguments.find(place, name);
  if (found == nullptr) fail("the argument {} is missing", name);
  return *found;
}

Value optional(const Arguments& arguments, size_t place, std::string_view name, Value fallback) {
  const Value* found = arguments.find(place, name);
  return found != nullptr ? *found : std::move(fallback);
}

Value method_of(const Value& value, const std::string& name) {
  if (value.is_string()) return bind(kTextMethods, value, name);
  if (value.is_dict()) return bind(kDictMethods, value, name);
  if (value.is_list()) return bind(kListMethods, value, name);
  return Undefined{name};
}

}  // namespace anemone::jinja

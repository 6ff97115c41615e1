// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/jinja/value.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "tokenizers/fields.h"
#include "tokenizers/unicode.h"

namespace anemone::jinja {

namespace {

constexpr int kDeepest = 100;

}  // namespace

Value::Value(List list) {
  int depth = 0;
  for (const Value& value : list) depth = std::max(depth, value.depth());
  data_ = std::make_shared<const Nested<List>>(Nested<List>{std::move(list), depth + 1});
}

Value::Value(Dict dict) {
  int depth = 0;
  for (const auto& [key, value] : dict) depth = std::max({depth, key.depth(), value.depth()});
  data_ = std::make_shared<const Nested<Dict>>(Nested<Dict>{std::move(dict), depth + 1});
}

// What a value adds to that which is to hold it.
int Value::depth() const {
  if (is_namespace() || is_function()) fail("{} cannot be part of another value", kind());
  const int depth = is_list()   ? std::get<Shared<List>>(data_)->depth
                    : is_dict() ? std::get<Shared<Dict>>(data_)->depth
                                : 0;
  if (depth >= kDeepest) fail("a value is nested deeper than {} levels", kDeepest);
  return depth;
}

const Value* Arguments::find(size_t place, std::string_view name) const {
  if (place < positional.size()) return &positional[place];
  for (const auto& [known, value] : named)
    if (known == name) return &value;
  return nullptr;
}

void Value::refuse(const char* expected) const {
  if (const auto* undefined = std::get_if<Undefined>(&data_)) fail("{} is undefined", quote_name(undefined->name));
  fail("expected {}, found {}", expected, kind());
}

const std::string& Value::text() const {
  if (!is_string()) refuse("a text");
  return *std::get<Text>(data_);
}
const List& Value::list() const {
  if (!is_list()) refuse("a list");
  return std::get<Shared<List>>(data_)->items;
}
const Dict& Value::dict() const {
  if (!is_dict()) refuse("a dictionary");
  return std::get<Shared<Dict>>(data_)->items;
}
Namespace& Value::space() const {
  if (!is_namespace()) refuse("a namespace");
  return *std::get<std::shared_ptr<Namespace>>(data_);
}
int64_t Value::integer() const {
  if (is_bool()) return std::get<bool>(data_) ? 1 : 0;
  if (!is_int()) refuse("a whole number");
  return std::get<int64_t>(data_);
}
double Value::number() const {
  if (is_float()) return std::get<double>(data_);
  if (!is_number()) refuse("a number");
  return static_cast<double>(integer());
}
Value Value::call(const Arguments& arguments) const {
  if (!is_function()) refuse("something to call");
  return (*std::get<std::shared_ptr<const Function>>(data_))(arguments);
}

bool Value::truth() const {
  if (is_bool()) return std::get<bool>(data_);
  if (is_int()) return std::get<int64_t>(data_) != 0;
  if (is_float()) return std::get<double>(data_) != 0;
  if (is_string()) return !text().empty();
  if (is_list()) return !list().empty();
  if (is_dict()) return !dict().empty();
  return !is_undefined() && !is_none();
}

const char* Value::kind() const {
  if (is_undefined()) return "an undefined value";
  if (is_none()) return "None";
  if (is_bool()) return "a bool";
  if (is_int()) return "an int";
  if (is_float()) return "a float";
  if (is_string()) return "a str";
  if (is_list()) return "a list";
  if (is_dict()) return "a dict";
  return is_namespace() ? "a namespace" : "a function";
}

List Value::elements() const {
  if (is_list()) return list();
  List result;
  if (is_dict()) {
    for (const auto& [key, value] : dict()) result.push_back(key);
  } else if (is_string()) {
    const std::string& all = text();
    for (size_t i = 0; i < all.size();) {
      const size_t begin = i;
      next_code_point(all, i);
      result.emplace_back(std::string_view(all).substr(begin, i - begin));
    }
  } else if (!is_undefined()) {  // an undefined value is empty
    refuse("a list");
  }
  return result;
}

const Value* Value::find(const Value& key) const {
  for (const auto& [known, value] : dict())
    if (equal(known, key)) return &value;
  return nullptr;
}

bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number())
    return a.is_float() || b.is_float() ? a.number() == b.number() : a.integer() == b.integer();
  if (a.is_string() && b.is_string()) return a.text() == b.text();
  if (a.is_list() && b.is_list())
    return std::equal(a.list().begin(), a.list().end(), b.list().begin(), b.list().end(), equal);
  if (a.is_dict() && b.is_dict()) {
    if (a.dict().size() != b.dict().size()) return false;
    return std::all_of(a.dict().begin(), a.dict().end(), [&](const auto& entry) {
      const Value* other = b.find(entry.first);
      return other != nullptr && equal(entry.second, *other);
    });
  }
  return (a.is_none() && b.is_none()) || (a.is_undefined() && b.is_undefined());
}

int compare(const Value& a, const Value& b) {
  if (a.is_string() && b.is_string()) return a.text().compare(b.text());
  if (a.is_list() && b.is_list()) {
    for (size_t i = 0; i < std::min(a.list().size(), b.list().size()); ++i)
      if (!equal(a.list()[i], b.list()[i])) return compare(a.list()[i], b.list()[i]);
    return static_cast<int>(a.list().size() > b.list().size()) - static_cast<int>(a.list().size() < b.list().size());
  }
  if (!a.is_number() || !b.is_number()) fail("{} and {} have no order", a.kind(), b.kind());
  if (!a.is_float() && !b.is_float())
    return static_cast<int>(a.integer() > b.integer()) - static_cast<int>(a.integer() < b.integer());
  return static_cast<int>(a.number() > b.number()) - static_cast<int>(a.number() < b.number());
}

Value from_json(const Json& json) {
  if (json.is_null()) return None{};
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_number_float()) return json.get<double>();
  if (json.is_number()) return json.get<int64_t>();
  if (json.is_array()) {
    List list;
    for (const Json& element : json) list.push_back(from_json(element));
    return list;
  }
  Dict dict;
  for (const auto& [key, value] : json.items()) dict.emplace_back(Value(key), from_json(value));
  return dict;
}

}  // namespace anemone::jinja

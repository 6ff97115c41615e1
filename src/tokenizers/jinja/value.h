// SPDX-License-Identifier: Apache-2.0
// Values of a template, with the meaning that Python gives them: what is true, equal, printed and how. Lists and
// dictionaries are shared and do not change; a namespace is the one thing that does. No value holds a namespace or a
// function, and nesting is bounded, so that nothing can hold itself and recursion over a value ends.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json_fwd.h"

namespace anemone::jinja {

class Value;
using List = std::vector<Value>;
using Dict = std::vector<std::pair<Value, Value>>;  // in order of insertion

// Of a call: by place, then by name.
struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;

  // By name, or by place; null when absent.
  const Value* find(size_t place, std::string_view name) const;
};
using Function = std::function<Value(const Arguments&)>;

struct Undefined {
  std::string name;  // for the message when it is used
};
struct None {};
struct Namespace {
  std::vector<std::pair<std::string, Value>> members;
};

class Value {
 public:
  Value() : data_(Undefined{}) {}
  Value(None) : data_(None{}) {}
  Value(Undefined undefined) : data_(std::move(undefined)) {}
  Value(bool value) : data_(value) {}
  Value(int64_t value) : data_(value) {}
  Value(double value) : data_(value) {}
  Value(std::string text) : data_(std::make_shared<const std::string>(std::move(text))) {}
  Value(std::string_view text) : Value(std::string(text)) {}
  Value(const char* text) : Value(std::string(text)) {}
  Value(List list);
  Value(Dict dict);
  Value(Function function) : data_(std::make_shared<const Function>(std::move(function))) {}
  Value(std::shared_ptr<Namespace> space) : data_(std::move(space)) {}

  bool is_undefined() const { return std::holds_alternative<Undefined>(data_); }
  bool is_none() const { return std::holds_alternative<None>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_int() const { return std::holds_alternative<int64_t>(data_); }
  bool is_float() const { return std::holds_alternative<double>(data_); }
  bool is_string() const { return std::holds_alternative<Text>(data_); }
  bool is_list() const { return std::holds_alternative<Shared<List>>(data_); }
  bool is_dict() const { return std::holds_alternative<Shared<Dict>>(data_); }
  bool is_namespace() const { return std::holds_alternative<std::shared_ptr<Namespace>>(data_); }
  bool is_function() const { return std::holds_alternative<std::shared_ptr<const Function>>(data_); }
  bool is_number() const { return is_bool() || is_int() || is_float(); }

  // The kind must be right, or an Error says what was expected.
  const std::string& text() const;
  const List& list() const;
  const Dict& dict() const;
  Namespace& space() const;
  int64_t integer() const;  // also of true and false
  double number() const;
  Value call(const Arguments& arguments) const;

  bool truth() const;
  const char* kind() const;  // as Python calls it
  // The elements of what can be looped over: a list, the keys of a dictionary, the characters of a text.
  List elements() const;
  // Refuses what no other value may hold.
  void check_member() const { static_cast<void>(depth()); }
  // The value of a key, or null.
  const Value* find(const Value& key) const;

 private:
  using Text = std::shared_ptr<const std::string>;
  template <typename T>
  struct Nested {
    T items;
    int depth;
  };
  template <typename T>
  using Shared = std::shared_ptr<const Nested<T>>;

  int depth() const;
  [[noreturn]] void refuse(const char* expected) const;

  std::variant<Undefined, None, bool, int64_t, double, Text, Shared<List>, Shared<Dict>, std::shared_ptr<Namespace>,
               std::shared_ptr<const Function>>
      data_;
};

bool equal(const Value& a, const Value& b);
// Negative, zero or positive; an Error for what has no order.
int compare(const Value& a, const Value& b);
// As str() and repr() print it.
std::string to_text(const Value& value);
std::string to_source(const Value& value);

struct JsonStyle {
  int indent = -1;  // none: one line
  bool ascii = false;
  bool sorted = false;
  std::string between = ", ";
  std::string after_key = ": ";
};
std::string to_json(const Value& value, const JsonStyle& style);
Value from_json(const Json& json);

}  // namespace anemone::jinja

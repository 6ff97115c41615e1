// SPDX-License-Identifier: Apache-2.0
// What templates can use: filters, tests, methods of values, operators. A file each.
#pragma once

#include "tokenizers/jinja/value.h"

namespace anemone::jinja {

// No list or text that a template makes grows beyond this; and no arithmetic leaves 64 bits.
constexpr size_t kLargest = size_t{1} << 26;

using Filter = Value (*)(const Value& input, const Arguments& arguments);
using Test = bool (*)(const Value& subject, const Arguments& arguments);
// Null when there is none of that name.
Filter find_filter(std::string_view name);
Test find_test(std::string_view name);
// These throw.
Value apply_filter(std::string_view name, const Value& input, const Arguments& arguments);
bool apply_test(std::string_view name, const Value& subject, const Arguments& arguments);

// value.name and value[key]. What is not there is undefined.
Value attribute_of(const Value& value, const std::string& name);
Value item_of(const Value& value, const Value& key);
Value slice_of(const Value& value, const Value& begin, const Value& end, const Value& step);
// The method of a text, a list or a dictionary, or an undefined value.
Value method_of(const Value& value, const std::string& name);

Value apply_operator(std::string_view name, const Value& a, const Value& b);
bool apply_comparison(std::string_view name, const Value& a, const Value& b);

// By name or place; an Error when it is missing.
const Value& required(const Arguments& arguments, size_t place, std::string_view name);
// The argument, or the fallback when there is none.
Value optional(const Arguments& arguments, size_t place, std::string_view name, Value fallback);

// Texts as Python treats them.
std::string strip(std::string_view text, bool left, bool right, const Value* characters);
std::string to_upper(std::string_view text);
std::string capitalize(std::string_view text);
std::string title(std::string_view text);
std::string replace(std::string_view text, std::string_view from, std::string_view to, int64_t most);

}  // namespace anemone::jinja

// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/fields.h"

#include "base/json.h"

namespace anemone {

const Json* find_field(const Json& object, const char* key) {
  if (!object.is_object()) fail("expected an object with \"{}\", found {}", key, object.type_name());
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

const Json& get_field(const Json& object, const char* key) {
  const Json* value = find_field(object, key);
  if (value == nullptr) fail("\"{}\" is missing", key);
  return *value;
}

std::string get_string(const Json& object, const char* key) {
  const Json& value = get_field(object, key);
  if (!value.is_string()) fail("\"{}\" is {}: expected a string", key, value.type_name());
  return value.get<std::string>();
}

std::string get_string(const Json& object, const char* key, std::string_view fallback) {
  return find_field(object, key) == nullptr ? std::string(fallback) : get_string(object, key);
}

bool get_bool(const Json& object, const char* key, bool fallback) {
  const Json* value = find_field(object, key);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) fail("\"{}\" is {}: expected true or false", key, value->type_name());
  return value->get<bool>();
}

int64_t get_size(const Json& object, const char* key, int64_t fallback) {
  const Json* value = find_field(object, key);
  return value == nullptr ? fallback : to_integer(*value, key, 0, std::numeric_limits<int64_t>::max());
}

TokenId get_id(const Json& object, const char* key) { return to_id(get_field(object, key), key); }

const Json& get_array(const Json& object, const char* key) {
  const Json& value = get_field(object, key);
  if (!value.is_array()) fail("\"{}\" is {}: expected an array", key, value.type_name());
  return value;
}

void for_each_in_array(const Json& object, const char* key, const std::function<void(const Json&)>& visit) {
  for (const Json& element : get_array(object, key)) visit(element);
}

const Json& get_object(const Json& object, const char* key) {
  const Json& value = get_field(object, key);
  if (!value.is_object()) fail("\"{}\" is {}: expected an object", key, value.type_name());
  return value;
}

int64_t to_integer(const Json& value, std::string_view what, int64_t low, int64_t high) {
  if (!value.is_number_integer()) fail("{} is {}: expected a whole number", quote_name(what), value.type_name());
  const bool too_large = value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(high);
  if (too_large || value.get<int64_t>() < low || value.get<int64_t>() > high)
    fail("{} is {}: expected {} to {}", quote_name(what), value.dump(), low, high);
  return value.get<int64_t>();
}

TokenId to_id(const Json& value, std::string_view what) {
  return static_cast<TokenId>(to_integer(value, what, 0, std::numeric_limits<TokenId>::max()));
}

std::string quote_name(std::string_view name) {
  constexpr size_t kLongest = 60;
  size_t end = std::min(name.size(), kLongest);
  while (end < name.size() && end > 0 && (name[end] & 0xC0) == 0x80) --end;
  std::string text = "\"";
  for (const char c : name.substr(0, end)) text += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  return text + (end < name.size() ? "...\"" : "\"");
}

}  // namespace anemone

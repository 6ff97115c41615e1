// SPDX-License-Identifier: Apache-2.0
// Reads members of a JSON object with one-line errors that name the key: a missing or wrongly typed member throws
// Error, one that is absent or null gives the fallback where there is one.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json_fwd.h"

namespace anemone {

using TokenId = int32_t;

// The member, or null when `object` lacks it or holds a JSON null.
const Json* find_field(const Json& object, const char* key);
const Json& get_field(const Json& object, const char* key);

std::string get_string(const Json& object, const char* key);
std::string get_string(const Json& object, const char* key, std::string_view fallback);
bool get_bool(const Json& object, const char* key, bool fallback);
int64_t get_size(const Json& object, const char* key, int64_t fallback);  // 0 or more
TokenId get_id(const Json& object, const char* key);
const Json& get_array(const Json& object, const char* key);
// Calls `visit` with each element of the array.
void for_each_in_array(const Json& object, const char* key, const std::function<void(const Json&)>& visit);
const Json& get_object(const Json& object, const char* key);

// A whole number from `low` to `high`; `what` names it in the error.
int64_t to_integer(const Json& value, std::string_view what, int64_t low, int64_t high);
TokenId to_id(const Json& value, std::string_view what);

// For names from a file inside a message: no control characters, at most 60 bytes.
std::string quote_name(std::string_view name);

}  // namespace anemone

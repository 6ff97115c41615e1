// SPDX-License-Identifier: Apache-2.0
// Small text helpers that do not depend on the locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace anemone {

std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);

// The whole text as a number, or nothing.
std::optional<int64_t> parse_int(std::string_view text);
std::optional<double> parse_double(std::string_view text);

// Shortest decimal text that reads back to the same value, the same on every machine ("1e-05", "0.5", "inf", "nan").
std::string shortest(float value);
std::string shortest(double value);

// "a", "a or b", "a, b or c": for messages that list what is allowed.
std::string any_of(const std::vector<std::string>& choices);

bool is_valid_utf8(std::string_view text);

}  // namespace anemone

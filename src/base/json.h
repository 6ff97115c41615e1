// SPDX-License-Identifier: Apache-2.0
// JSON from untrusted files: bounded nesting, no duplicate keys, valid UTF-8 only. Object keys keep file order.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

namespace anemone {

using Json = nlohmann::ordered_json;

// Throws Error naming the line and column of the fault, a duplicate key, or nesting deeper than 64.
Json parse_json(std::string_view text);
// As parse_json, with the file's name as context.
Json read_json(const std::filesystem::path& path);

}  // namespace anemone

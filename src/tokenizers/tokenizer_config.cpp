// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/tokenizer_config.h"

#include <array>

namespace anemone {
namespace {

constexpr std::array kRoles = {"bos_token", "eos_token", "unk_token", "sep_token",
                               "pad_token", "cls_token", "mask_token"};
constexpr int64_t kLongestUseful = 1'000'000'000;  // a missing limit is written as 10^30

void read_roles(const Json& json, std::map<std::string, std::string>& roles) {
  for (const char* role : kRoles) {
    const Json* token = find_field(json, role);
    if (token == nullptr || roles.count(role) != 0) continue;
    roles[role] = token->is_object() ? get_string(*token, "content") : get_string(json, role);
  }
}

std::optional<Json> read_object(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  Json json = read_json(path);
  if (!json.is_object()) fail("{}: {}: expected an object", path.string(), json.type_name());
  return json;
}

}  // namespace

TokenizerConfig read_tokenizer_config(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path();
  TokenizerConfig config;
  const auto path = folder / "tokenizer_config.json";
  if (auto json = read_object(path)) {
    config.json = std::move(*json);
    with_context(path.string(), [&] {
      read_roles(config.json, config.special_tokens);
      const Json* length = find_field(config.json, "model_max_length");
      if (length != nullptr && length->is_number_integer() && *length > 0 && *length < kLongestUseful)
        config.model_max_length = length->get<int64_t>();
    });
  }
  const auto map_path = folder / "special_tokens_map.json";
  if (const auto map = read_object(map_path))
    with_context(map_path.string(), [&] { read_roles(*map, config.special_tokens); });
  return config;
}

}  // namespace anemone

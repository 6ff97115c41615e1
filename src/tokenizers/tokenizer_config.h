// SPDX-License-Identifier: Apache-2.0
// tokenizer_config.json and special_tokens_map.json, which stand beside a tokenizer's own file: which token has which
// role, and how the tokenizer was meant to be used.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/json.h"
#include "tokenizers/fields.h"

namespace anemone {

struct TokenizerConfig {
  Json json = Json::object();                         // tokenizer_config.json, or empty
  std::map<std::string, std::string> special_tokens;  // "pad_token" -> "[PAD]"
  std::optional<int64_t> model_max_length;            // in tokens; absent or absurdly large means none
};

// Of the folder that `file` is in. Neither file need be there.
TokenizerConfig read_tokenizer_config(const std::filesystem::path& file);

}  // namespace anemone

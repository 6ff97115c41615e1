// SPDX-License-Identifier: Apache-2.0
// {"pattern": {"String": ...} or {"Regex": ...}, "content": ...}: what the Replace normalizer and the Replace decoder
// share. A result of more than 256 MiB is an Error, as chained replacements can multiply a text without end.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tokenizers/fields.h"
#include "tokenizers/regex/regex.h"

namespace anemone {

// `from` is not empty.
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

// A string or a regular expression, as Replace and Split take it. An empty string matches at every place.
Regex read_pattern(const Json& json);

class Replacement {
 public:
  explicit Replacement(const Json& json);
  std::string apply(std::string_view text) const;

 private:
  std::string fixed_;  // where the pattern is a string; empty otherwise
  std::optional<Regex> regex_;
  std::string content_;
};

}  // namespace anemone

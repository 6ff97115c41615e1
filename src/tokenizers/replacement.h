// SPDX-License-Identifier: Apache-2.0
// {"pattern": {"String": ...}, "content": ...}: what the Replace normalizer and the Replace decoder share. A result of
// more than 256 MiB is an Error, as chained replacements can multiply a text without end.
#pragma once

#include <string>
#include <string_view>

#include "tokenizers/fields.h"

namespace anemone {

// `from` is not empty.
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

class Replacement {
 public:
  explicit Replacement(const Json& json);
  std::string apply(std::string_view text) const { return replace_all(text, pattern_, content_); }

 private:
  std::string pattern_;
  std::string content_;
};

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/replacement.h"

namespace anemone {
namespace {

constexpr size_t kLongestText = size_t{1} << 28;

}  // namespace

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  CHECK(!from.empty());
  std::string result;
  for (size_t begin = 0;;) {
    const size_t found = text.find(from, begin);
    result.append(text.substr(begin, found - begin));
    if (found == std::string_view::npos) return result;
    result.append(to);
    if (result.size() > kLongestText) fail("Replace makes a text of more than {} bytes", kLongestText);
    begin = found + from.size();
  }
}

Replacement::Replacement(const Json& json) : content_(get_string(json, "content")) {
  const Json& pattern = get_field(json, "pattern");
  if (find_field(pattern, "Regex") != nullptr) fail("a Regex pattern is not supported here: expected a String");
  pattern_ = get_string(pattern, "String");
  if (pattern_.empty()) fail("the pattern is empty");
}

}  // namespace anemone

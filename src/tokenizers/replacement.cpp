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

Regex read_pattern(const Json& json) {
  const Json& pattern = get_field(json, "pattern");
  if (find_field(pattern, "Regex") != nullptr) return Regex(get_string(pattern, "Regex"));
  std::string escaped;
  for (const char c : get_string(pattern, "String")) {
    if (std::string_view("\\.^$|?*+()[]{}-").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return Regex(escaped);
}

Replacement::Replacement(const Json& json) : content_(get_string(json, "content")) {
  const Json& pattern = get_field(json, "pattern");
  if (find_field(pattern, "String") != nullptr) fixed_ = get_string(pattern, "String");
  if (fixed_.empty()) regex_ = read_pattern(json);
}

std::string Replacement::apply(std::string_view text) const {
  if (!regex_) return replace_all(text, fixed_, content_);
  std::string result;
  size_t done = 0;
  regex_->for_each_match(text, [&](size_t begin, size_t end) {
    result.append(text, done, begin - done).append(content_);
    if (result.size() > kLongestText) fail("Replace makes a text of more than {} bytes", kLongestText);
    done = end;
  });
  return result.append(text, done);
}

}  // namespace anemone

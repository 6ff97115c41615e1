// SPDX-License-Identifier: Apache-2.0
#include "targets/os.h"

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  for (size_t i = 0; i < prefix.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != prefix[i]) return false;
  }
  return true;
}

}  // namespace

std::string OsVersion::str() const {
  const std::string text = fmt::format("{} {}", mac ? "macOS" : "iOS", major);
  return minor > 0 ? fmt::format("{}.{}", text, minor) : text;
}

OsVersion parse_os(std::string_view text, bool mac) {
  std::string_view number = trim(text);
  for (const auto& [prefix, is_mac] :
       {std::pair<std::string_view, bool>{"macos", true}, {"ipados", false}, {"ios", false}}) {
    if (!starts_with_ignoring_case(number, prefix)) continue;
    mac = is_mac;
    number = trim(number.substr(prefix.size()));
    break;
  }
  const std::vector<std::string> parts = split(number, '.');
  const auto major = parts.empty() ? std::nullopt : parse_int(parts[0]);
  const auto minor = parts.size() > 1 ? parse_int(parts[1]) : std::optional<int64_t>(0);
  if (!major || !minor || parts.size() > 3 || *major < 10 || *major > 99 || *minor < 0 || *minor > 99)
    fail("--os: {} is not an operating system: expected macOS 13.3, iOS 16 or a number", std::string(text));
  return {mac, static_cast<int>(*major), static_cast<int>(*minor)};
}

OsVersion os_of_release(int release, bool mac) { return {mac, mac && release < 26 ? release - 3 : release, 0}; }

}  // namespace anemone

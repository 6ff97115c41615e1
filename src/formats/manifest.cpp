// SPDX-License-Identifier: Apache-2.0
#include "formats/manifest.h"

#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/strings.h"

namespace anemone {
namespace {

std::string string_member(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) fail("has no {}", key);
  if (!found->is_string()) fail("{} is not a string", key);
  return found->get<std::string>();
}

// Readers of version 1.0 understand 1.0.x and what came before.
void check_version(const std::string& version) {
  const auto parts = split(version, '.');
  int64_t numbers[3] = {};
  bool valid = parts.size() == 3;
  for (size_t i = 0; valid && i < 3; ++i) {
    const auto number =
        parts[i].find_first_not_of("0123456789") == std::string::npos ? parse_int(parts[i]) : std::nullopt;
    valid = number.has_value();
    numbers[i] = number.value_or(0);
  }
  if (!valid) fail("fileFormatVersion '{}' is not of the form 1.0.0", version);
  if (numbers[0] > 1 || (numbers[0] == 1 && numbers[1] > 0))
    fail("fileFormatVersion {} is newer than 1.0.0, the newest supported", version);
}

ManifestItem parse_item(const Json& json) {
  if (!json.is_object()) fail("is not an object");
  return {string_member(json, "path"), string_member(json, "name"), string_member(json, "author"),
          string_member(json, "description")};
}

}  // namespace

Manifest parse_manifest(std::string_view text) {
  const Json json = parse_json(text);
  if (!json.is_object()) fail("is not a JSON object");
  check_version(string_member(json, "fileFormatVersion"));
  const auto entries = json.find("itemInfoEntries");
  if (entries == json.end() || !entries->is_object()) fail("has no itemInfoEntries");
  Manifest manifest;
  std::set<std::pair<std::string, std::string>> names;
  for (const auto& [identifier, entry] : entries->items()) {
    ManifestItem item = with_context("item " + identifier, [&entry = entry] { return parse_item(entry); });
    if (!names.emplace(item.name, item.author).second) fail("two items are called {} by {}", item.name, item.author);
    manifest.items.emplace(identifier, std::move(item));
  }
  manifest.root = string_member(json, "rootModelIdentifier");
  if (manifest.items.count(manifest.root) == 0) fail("rootModelIdentifier {} names no item", manifest.root);
  return manifest;
}

std::string manifest_text(const Manifest& manifest) {
  nlohmann::json entries = nlohmann::json::object();  // this kind sorts its keys
  for (const auto& [identifier, item] : manifest.items)
    entries[identifier] = {
        {"path", item.path}, {"name", item.name}, {"author", item.author}, {"description", item.description}};
  const nlohmann::json json = {
      {"fileFormatVersion", "1.0.0"}, {"itemInfoEntries", entries}, {"rootModelIdentifier", manifest.root}};
  return json.dump(4) + "\n";
}

std::string content_identifier(std::string_view content) {
  std::string digits = sha256(std::as_bytes(std::span(content))).substr(0, 32);
  digits[12] = '8';  // version: contents defined by the application
  digits[16] = "89ab"[(digits[16] <= '9' ? digits[16] - '0' : digits[16] - 'a' + 10) % 4];  // variant of RFC 9562
  return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4), digits.substr(12, 4),
                     digits.substr(16, 4), digits.substr(20));
}

}  // namespace anemone

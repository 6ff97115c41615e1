// SPDX-License-Identifier: Apache-2.0
#include "import/assets.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mapped_file.h"
#include "base/strings.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLabelsFile = "labels.json";
constexpr size_t kLargestAsset = size_t{256} << 20;
constexpr size_t kLargestCard = size_t{1} << 20;

constexpr std::array<std::string_view, 20> kNames = {
    "added_tokens.json",
    "chat_template.jinja",
    "config.json",
    "config_sentence_transformers.json",
    "generation_config.json",
    "labels.json",
    "merges.txt",
    "modules.json",
    "pooling.json",
    "preprocessor_config.json",
    "sentence_bert_config.json",
    "sentencepiece.bpe.model",
    "special_tokens_map.json",
    "spiece.model",
    "spm.model",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt",
};

std::string content_of(const fs::path& file) {
  const auto mapped = MappedFile::open(file);
  const auto bytes = mapped->bytes();
  if (bytes.size() > kLargestAsset) fail("{}: {} bytes are too many for this file", file.string(), bytes.size());
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string digest(const std::string& content) { return sha256(std::as_bytes(std::span(content))); }

// "key: value" lines between the "---" lines that a model card starts with; other YAML is not needed here.
std::string front_matter(const std::string& card, const std::string& key) {
  const std::vector<std::string> lines = split(card, '\n');
  if (lines.empty() || trim(lines[0]) != "---") return {};
  for (size_t i = 1; i < lines.size() && trim(lines[i]) != "---"; ++i) {
    if (!lines[i].starts_with(key + ":")) continue;
    std::string_view value = trim(std::string_view(lines[i]).substr(key.size() + 1));
    if (value.size() >= 2 && value.front() == value.back() && (value.front() == '"' || value.front() == '\''))
      value = value.substr(1, value.size() - 2);
    return is_valid_utf8(value) ? std::string(value) : std::string();
  }
  return {};
}

}  // namespace

fs::path assets_folder(const fs::path& package) {
  fs::path path = package.has_filename() ? package : package.parent_path();  // a trailing slash
  return path.replace_extension(".assets");
}

Asset read_asset(const fs::path& file, const std::string& name) { return {name, content_of(file)}; }

std::vector<Asset> collect_assets(const fs::path& folder, const std::vector<std::string>& labels) {
  std::vector<Asset> assets;
  for (const std::string_view name : kNames) {
    std::error_code unreadable;
    if (name == kLabelsFile) {
      if (!labels.empty()) assets.push_back({kLabelsFile, Json(labels).dump() + "\n"});
    } else if (fs::is_regular_file(folder / name, unreadable)) {
      assets.push_back({std::string(name), content_of(folder / name)});
    }
  }
  return assets;
}

void describe_assets(const std::vector<Asset>& assets, Metadata& metadata) {
  for (const Asset& asset : assets) metadata.user_defined[kAssetKey + asset.name] = digest(asset.content);
}

void read_model_card(const fs::path& folder, Metadata& metadata) {
  const fs::path file = folder / "README.md";
  std::error_code unreadable;
  if (!fs::is_regular_file(file, unreadable) || fs::file_size(file, unreadable) > kLargestCard) return;
  const std::string card = content_of(file);
  metadata.license = front_matter(card, "license");
  metadata.author = front_matter(card, "author");
}

void check_only_assets(const fs::path& folder) {
  std::error_code unreadable;
  const fs::file_status status = fs::status(folder, unreadable);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status)) fail("{}: is a file where the assets' folder should stand", folder.string());
  for (const auto& entry : fs::directory_iterator(folder, unreadable)) {
    const std::string name = entry.path().filename().string();
    if (std::find(kNames.begin(), kNames.end(), name) == kNames.end())
      fail("{}: holds {}, which is not an asset of a model: not replaced", folder.string(), name);
  }
  if (unreadable) fail("{}: cannot be read: {}", folder.string(), unreadable.message());
}

void check_assets(const Metadata& metadata, const fs::path& folder) {
  const std::string key = kAssetKey;
  for (auto named = metadata.user_defined.lower_bound(key);
       named != metadata.user_defined.end() && named->first.starts_with(key); ++named) {
    const std::string name = named->first.substr(key.size());
    if (std::find(kNames.begin(), kNames.end(), name) == kNames.end())
      fail("{}: the package names {}, which is not an asset", folder.string(), name);
    if (digest(content_of(folder / name)) != named->second)
      fail("{}: is not the file that the package was written with (its SHA-256 differs)", (folder / name).string());
  }
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "formats/checkpoint.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "formats/safetensors.h"
#include "formats/torch_file.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

// How libraries call the file, and the extension that goes with it. The first that is there is read.
struct FileName {
  std::string_view stem;
  std::string_view extension;
};
constexpr std::array<FileName, 4> kFileNames = {{{"model", ".safetensors"},
                                                 {"diffusion_pytorch_model", ".safetensors"},
                                                 {"pytorch_model", ".bin"},
                                                 {"diffusion_pytorch_model", ".bin"}}};

// Also true for a dangling symlink, which then fails to open with its own name.
bool is_there(const fs::path& path) {
  std::error_code unreadable;
  return fs::exists(fs::symlink_status(path, unreadable));
}

bool is_index(const std::string& name) { return name.ends_with(".json") && name.find(".index.") != std::string::npos; }

bool is_torch_file(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".bin" || extension == ".pt" || extension == ".pth" || extension == ".ckpt" ||
         extension == ".pt2";
}

// Opens one weight file by its format. Further formats come here.
std::shared_ptr<const TensorSource> open_weight_file(const fs::path& file) {
  if (is_torch_file(file)) return TorchFile::open(file);
  return Safetensors::open(file);
}

// File names to try, single file first. An index spells its variant before "json".
std::vector<std::string> candidates(const FileName& file, const std::string& variant) {
  const std::string dotted = variant.empty() ? "" : "." + variant;
  return {fmt::format("{}{}{}", file.stem, dotted, file.extension),
          fmt::format("{}{}.index{}.json", file.stem, file.extension, dotted),
          fmt::format("{}{}{}.index.json", file.stem, dotted, file.extension)};
}

// The VARIANT of "STEM.VARIANT.safetensors" and of the two spellings of its index.
std::optional<std::string> variant_of(std::string_view name, const FileName& file) {
  const std::string marks[][2] = {{fmt::format("{}.", file.stem), std::string(file.extension)},
                                  {fmt::format("{}.", file.stem), fmt::format("{}.index.json", file.extension)},
                                  {fmt::format("{}{}.index.", file.stem, file.extension), ".json"}};
  for (const auto& [start, end] : marks) {
    if (name.size() <= start.size() + end.size() || !name.starts_with(start) || !name.ends_with(end)) continue;
    const std::string_view middle = name.substr(start.size(), name.size() - start.size() - end.size());
    if (middle.find('.') == std::string_view::npos) return std::string(middle);
  }
  return std::nullopt;
}

std::optional<fs::path> find_variant(const fs::path& folder, const std::string& variant) {
  for (const FileName& file : kFileNames)
    for (const std::string& name : candidates(file, variant))
      if (is_there(folder / name)) return folder / name;
  return std::nullopt;
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(folder, unreadable)) files.push_back(entry.path());
  if (unreadable) fail("{}: cannot be read: {}", folder.string(), unreadable.message());
  std::sort(files.begin(), files.end());
  return files;
}

// A folder without any of the usual names may hold one weight file under a name of its own (ckpt.pt).
fs::path find_only_file(const fs::path& folder, const std::string& variant) {
  std::vector<fs::path> found;
  for (const fs::path& file : files_in(folder))
    if (variant.empty() && (is_torch_file(file) || file.extension() == ".safetensors")) found.push_back(file);
  if (found.size() == 1) return found.front();
  if (!found.empty())
    fail("{}: has several weight files, {} and {} among them: name one", folder.string(), found[0].filename().string(),
         found[1].filename().string());
  std::vector<std::string> names;
  for (const FileName& file : kFileNames) names.push_back(candidates(file, variant).front());
  fail("{}: no weight file in this folder: looked for {} and their .index.json", folder.string(), any_of(names));
}

fs::path find_weights(const fs::path& folder, const std::string& variant) {
  if (const auto found = find_variant(folder, variant)) return *found;
  std::set<std::string> variants;
  for (const fs::path& path : files_in(folder))
    for (const FileName& file : kFileNames)
      if (const auto other = variant_of(path.filename().string(), file)) variants.insert(*other);
  if (variants.empty()) return find_only_file(folder, variant);
  if (variant.empty() && variants.size() == 1) return *find_variant(folder, *variants.begin());
  const std::vector<std::string> names(variants.begin(), variants.end());
  if (variant.empty()) fail("{}: has weights in several variants: name one of {}", folder.string(), join(names, ", "));
  fail("{}: no weights of variant {}; there is {}", folder.string(), variant, join(names, ", "));
}

// A shard's name must not lead anywhere else.
const std::string& check_shard_name(const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name.find_first_of(std::string("/\\\0", 3)) != std::string::npos)
    fail("shard name '{}' is not a plain file name inside the folder", name.substr(0, name.find('\0')));
  return name;
}

}  // namespace

Checkpoint Checkpoint::open(const fs::path& path, const std::string& variant) {
  Checkpoint checkpoint;
  std::error_code unreadable;  // then opening the file says why
  const fs::path file = fs::is_directory(path, unreadable) ? find_weights(path, variant) : path;
  if (is_index(file.filename().string())) {
    checkpoint.add_shards(file);
  } else {
    checkpoint.add(file);
  }
  return checkpoint;
}

void Checkpoint::add(const fs::path& file) {
  sources_.push_back(open_weight_file(file));
  for (std::string& name : sources_.back()->names()) {
    const auto [found, fresh] = place_of_.emplace(std::move(name), Place{sources_.size() - 1, 0});
    if (!fresh)
      fail("tensor {} is in both {} and {}", found->first, files_[found->second.source].string(), file.string());
  }
  files_.push_back(file);
}

void Checkpoint::add_shards(const fs::path& index) {
  const Json json = read_json(index);
  const auto shard_of = with_context(index.string(), [&] {
    std::map<std::string, std::string> map;
    const auto found = json.is_object() ? json.find("weight_map") : json.end();
    if (found == json.end() || !found->is_object() || found->empty()) fail("has no weight_map, or an empty one");
    for (const auto& [tensor, shard] : found->items()) {
      if (!shard.is_string()) fail("weight_map of {} is not a file name", tensor);
      map.emplace(tensor, check_shard_name(shard.get_ref<const std::string&>()));
    }
    return map;
  });
  std::set<std::string> shards;
  for (const auto& entry : shard_of) shards.insert(entry.second);
  for (const std::string& shard : shards) add(index.parent_path() / shard);
  for (const auto& [tensor, shard] : shard_of) {
    const auto found = place_of_.find(tensor);
    if (found == place_of_.end() || files_[found->second.source].filename() != shard)
      fail("{}: tensor {} is missing from {}", index.string(), tensor, shard);
  }
}

void Checkpoint::mount(const Checkpoint& other, const std::string& prefix) {
  const size_t first = sources_.size();
  for (const auto& [name, place] : other.place_of_) {
    const auto [found, fresh] =
        place_of_.emplace(prefix + name, Place{first + place.source, prefix.size() + place.prefix});
    if (!fresh) fail("tensor {} is in both {} and {}", found->first, files_[0].string(), other.files_[0].string());
  }
  sources_.insert(sources_.end(), other.sources_.begin(), other.sources_.end());
  files_.insert(files_.end(), other.files_.begin(), other.files_.end());
}

std::vector<std::string> Checkpoint::names() const {
  std::vector<std::string> names;
  for (const auto& entry : place_of_) names.push_back(entry.first);
  return names;
}

std::optional<TensorEntry> Checkpoint::find(std::string_view name) const {
  const auto found = place_of_.find(name);
  if (found == place_of_.end()) return std::nullopt;
  auto entry = sources_[found->second.source]->find(name.substr(found->second.prefix));
  if (entry) entry->name = name;
  return entry;
}

std::string Checkpoint::notes() const { return sources_.size() == 1 ? sources_.front()->notes() : "{}"; }

TensorEntry Checkpoint::get(std::string_view name) const {
  auto entry = find(name);
  if (entry) return *std::move(entry);
  const std::string where = files_.size() == 1 ? files_[0].string() : files_[0].parent_path().string();
  fail("{}: tensor {} is missing", where, name);
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "formats/package_reader.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/mapped_file.h"
#include "formats/lfs_pointer.h"
#include "formats/model_proto.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kModelPath = "@model_path/";

bool is_inside(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

// HUB/snapshots/REVISION/.../root keeps its files as links to HUB/blobs.
bool is_in_same_hub(const fs::path& path, const fs::path& root) {
  for (fs::path at = root; at.has_relative_path(); at = at.parent_path())
    if (at.filename() == "snapshots" && is_inside(path, at.parent_path() / "blobs")) return true;
  return false;
}

fs::path resolved(const fs::path& path) {
  std::error_code error;
  const fs::path result = fs::weakly_canonical(path, error);
  if (error) fail("{}: {}", path.string(), error.message());
  return result;
}

bool is_folder(const fs::path& path) {
  std::error_code unreadable;
  return fs::is_directory(path, unreadable);
}

bool is_file(const fs::path& path) {
  std::error_code unreadable;
  return fs::is_regular_file(path, unreadable);
}

std::string_view text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

// Follows the manifest to the model file.
fs::path find_model_file(const fs::path& package) {
  const fs::path manifest_file = package / "Manifest.json";
  std::error_code unreadable;
  if (!fs::exists(fs::symlink_status(manifest_file, unreadable)))
    fail("{}: Manifest.json is missing: this folder is not a Core ML package", package.string());
  const fs::path checked =
      with_context(package.string(), [&] { return resolve_inside(package, package, "Manifest.json"); });
  const auto file = MappedFile::open(checked);
  return with_context(manifest_file.string(), [&] {
    refuse_lfs_pointer(file->bytes());
    const Manifest manifest = parse_manifest(text_of(*file));
    for (const auto& [identifier, item] : manifest.items) {
      const fs::path path = resolve_inside(package, package / "Data", item.path);
      if (!fs::exists(path, unreadable)) fail("item {}: {} does not exist", identifier, path.string());
    }
    return package / "Data" / manifest.model().path;
  });
}

}  // namespace

fs::path resolve_inside(const fs::path& root, const fs::path& folder, const std::string& name) {
  const fs::path relative(name);
  const bool climbs = std::find(relative.begin(), relative.end(), "..") != relative.end();
  if (name.empty() || relative.is_absolute() || climbs || name.find('\0') != std::string::npos)
    fail("path '{}' leads outside the package", name.substr(0, name.find('\0')));
  const fs::path base = resolved(root);
  const fs::path target = resolved(folder / relative);
  if (!is_inside(target, base) && !is_in_same_hub(target, base))
    fail("path '{}' leads outside the package through a symlink", name);
  return folder / relative;
}

PackageReader PackageReader::open(const fs::path& path, const fs::path& weights) {
  PackageReader reader;
  reader.path_ = path.has_filename() ? path : path.parent_path();  // without a trailing slash
  reader.weights_ = weights;
  reader.bare_ = !is_folder(path);
  reader.model_file_ = reader.bare_ ? reader.path_ : find_model_file(reader.path_);
  const auto file = MappedFile::open(reader.model_file_);
  reader.model_ = with_context(reader.model_file_.string(), [&] { return parse_model(file->bytes()); });
  return reader;
}

const BlobReader& PackageReader::blobs(const std::string& name) {
  const auto known = blobs_.find(name);
  if (known != blobs_.end()) return known->second;
  BlobReader reader(MappedFile::open(find_blob_file(name)));
  return blobs_.emplace(name, std::move(reader)).first->second;
}

fs::path PackageReader::find_blob_file(const std::string& name) const {
  return with_context(model_file_.string(), [&] {
    if (!name.starts_with(kModelPath)) fail("weight file name '{}' does not start with {}", name, kModelPath);
    const std::string relative = name.substr(kModelPath.size());
    const fs::path folder = model_file_.parent_path();
    const fs::path root = bare_ ? folder : path_;
    const fs::path usual = resolve_inside(root.empty() ? "." : root, folder, relative);
    if (is_folder(weights_)) return weights_ / usual.filename();
    if (!weights_.empty()) return weights_;
    const fs::path beside = folder / usual.filename();
    if (bare_ && !is_file(usual) && is_file(beside))
      return resolve_inside(root.empty() ? "." : root, folder, usual.filename().string());
    if (!is_file(usual)) fail("the weight file {} is missing or not a regular file", usual.string());
    return usual;
  });
}

}  // namespace anemone

// SPDX-License-Identifier: Apache-2.0
#include "formats/package_writer.h"

#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/mapped_file.h"
#include "formats/manifest.h"
#include "formats/model_proto.h"
#include "formats/output_file.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAuthor = "com.apple.CoreML";  // also the folder's name
constexpr const char* kModelName = "model.mlmodel";
constexpr const char* kWeightsName = "weights";

fs::path data_folder(const fs::path& package) { return package / "Data" / kAuthor; }

// Also called again before the swap: the package may have been written for an hour.
void check_replaceable(const fs::path& destination) {
  std::error_code error;
  const fs::file_status status = fs::status(destination, error);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status)) fail("{}: is a file; a package is a folder", destination.string());
  if (fs::is_empty(destination, error) && !error) return;
  if (!fs::is_regular_file(destination / "Manifest.json", error))
    fail("{}: is a folder with other files and no Core ML package: not replaced", destination.string());
}

fs::path checked(const fs::path& destination) {
  check_replaceable(destination);
  return destination;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail("{}: cannot be created: {}", folder.string(), error.message());
}

// Identifiers depend on the model file only: it says how the weights are to be read, and weights may be large.
Manifest make_manifest(const fs::path& model_file) {
  const auto file = MappedFile::open(model_file);
  const std::string model = sha256(file->bytes());
  Manifest manifest;
  manifest.root = content_identifier("model " + model);
  manifest.items[manifest.root] = {fmt::format("{}/{}", kAuthor, kModelName), kModelName, kAuthor,
                                   "CoreML Model Specification"};
  manifest.items[content_identifier("weights " + model)] = {fmt::format("{}/{}", kAuthor, kWeightsName), kWeightsName,
                                                            kAuthor, "CoreML Model Weights"};
  return manifest;
}

void write_new_file(const fs::path& path, const std::function<void(OutputFile&)>& produce) {
  OutputFile file(path);
  produce(file);
  file.close();
}

}  // namespace

PackageWriter::PackageWriter(const fs::path& destination) : swap_(checked(destination)) {
  make_folder(data_folder(swap_.folder()) / kWeightsName);
}

BlobWriter& PackageWriter::add_blob_file(const std::string& name) {
  CHECK(!name.empty() && fs::path(name).filename() == name && name != "." && name != "..");
  const fs::path path = data_folder(swap_.folder()) / kWeightsName / name;
  CHECK(!fs::exists(path));
  return *blob_files_.emplace_back(std::make_unique<BlobWriter>(path));
}

std::string PackageWriter::blob_file_name(const std::string& name) {
  return fmt::format("@model_path/{}/{}", kWeightsName, name);
}

void PackageWriter::finish(const proto::Model& model) {
  for (const auto& file : blob_files_) file->close();
  const fs::path model_file = data_folder(swap_.folder()) / kModelName;
  write_new_file(model_file, [&](OutputFile& file) { write_model(model, file); });
  write_new_file(swap_.folder() / "Manifest.json",
                 [&](OutputFile& file) { file.write(manifest_text(make_manifest(model_file))); });
  check_replaceable(swap_.destination());
  swap_.commit();
}

}  // namespace anemone

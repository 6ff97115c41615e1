// SPDX-License-Identifier: Apache-2.0
// A Core ML model as a .mlpackage folder or a bare .mlmodel file, read without trusting it: no name in it leads to a
// file outside. Symlinks inside a package may point into the same Hugging Face cache, and nowhere else outside.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "formats/blob_storage.h"
#include "formats/manifest.h"
#include "formats/schemas/model.pb.h"

namespace anemone {

class PackageReader {
 public:
  // `weights` says where the blob files are when they are not where the model says: a folder that holds them by their
  // base names, or the one file.
  static PackageReader open(const std::filesystem::path& path, const std::filesystem::path& weights = {});

  const proto::Model& model() const { return *model_; }
  // Hands the message over; model() is gone then.
  std::unique_ptr<proto::Model> take_model() { return std::move(model_); }

  // The blob file that a value calls `name` ("@model_path/weights/weight.bin"), opened once.
  const BlobReader& blobs(const std::string& name);

  const std::filesystem::path& path() const { return path_; }
  const std::filesystem::path& model_file() const { return model_file_; }

 private:
  std::filesystem::path find_blob_file(const std::string& name) const;

  std::filesystem::path path_;
  std::filesystem::path model_file_;
  std::filesystem::path weights_;
  bool bare_ = false;
  std::unique_ptr<proto::Model> model_;
  std::map<std::string, BlobReader> blobs_;
};

// `name` inside `folder`. Throws Error for an empty or absolute name, for "..", and when symlinks lead out of `root`
// other than into the Hugging Face cache that `root` lies in. The file need not exist.
std::filesystem::path resolve_inside(const std::filesystem::path& root, const std::filesystem::path& folder,
                                     const std::string& name);

}  // namespace anemone

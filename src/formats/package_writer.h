// SPDX-License-Identifier: Apache-2.0
// Writes a .mlpackage. Until finish() has succeeded, the destination is untouched; afterwards it is the new package.
// The same model and weights give the same bytes in every file. Errors (full disk, read-only folder) are one line.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "formats/blob_storage.h"
#include "formats/folder_swap.h"
#include "formats/schemas/model.pb.h"

namespace anemone {

class PackageWriter {
 public:
  // The destination may be absent, an empty folder or a package, which will be replaced; anything else is refused.
  explicit PackageWriter(const std::filesystem::path& destination);

  // Starts a weight file; `name` is a plain file name. Valid until finish(), which closes it.
  BlobWriter& add_blob_file(const std::string& name = "weight.bin");
  // How values of the model refer to a weight file of this name.
  static std::string blob_file_name(const std::string& name = "weight.bin");

  // Writes model and manifest and puts the package in place.
  void finish(const proto::Model& model);

 private:
  FolderSwap swap_;
  std::vector<std::unique_ptr<BlobWriter>> blob_files_;
};

}  // namespace anemone

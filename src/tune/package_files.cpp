// SPDX-License-Identifier: Apache-2.0
#include "tune/package_files.h"

#include "base/error.h"
#include "formats/folder_swap.h"
#include "formats/output_file.h"
#include "import/assets.h"

namespace anemone {

namespace fs = std::filesystem;

std::function<Constant(Tensor)> keep_in(ScratchFolder& scratch) {
  return [&scratch](Tensor tensor) {
    constexpr size_t kSmall = 4096;
    if (tensor.byte_size() <= kSmall) return Constant(std::move(tensor));
    const auto file = scratch.keep(tensor.byte_span());
    return Constant::mapped(file, 0, tensor.dtype(), tensor.shape());
  };
}

fs::path package_path(const fs::path& path) {
  const fs::path package = path.has_filename() ? path : path.parent_path();  // a trailing slash
  if (package.extension() != ".mlpackage") fail("-o: {}: expected a name that ends in .mlpackage", path.string());
  return package;
}

void copy_assets(const fs::path& from, const fs::path& to) {
  const fs::path source = assets_folder(from);
  const fs::path destination = assets_folder(to);
  if (!fs::is_directory(source) || fs::weakly_canonical(source) == fs::weakly_canonical(destination)) return;
  check_only_assets(destination);
  FolderSwap swap(destination);
  for (const auto& entry : fs::directory_iterator(source)) {
    const Asset asset = read_asset(entry.path(), entry.path().filename().string());
    OutputFile file(swap.folder() / asset.name);
    file.write(asset.content);
    file.close();
  }
  swap.commit();
}

}  // namespace anemone

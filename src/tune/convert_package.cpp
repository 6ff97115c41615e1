// SPDX-License-Identifier: Apache-2.0
#include "tune/convert_package.h"

#include <chrono>

#include "base/error.h"
#include "formats/folder_swap.h"
#include "formats/output_file.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

void write_assets(const std::vector<Asset>& assets, const fs::path& folder) {
  for (const Asset& asset : assets) {
    OutputFile file(folder / asset.name);
    file.write(asset.content);
    file.close();
  }
}

// Two stages of about the same length, as one run from 0 to 1.
Progress part_of(const Progress& progress, double start, double length) {
  if (!progress) return {};
  return [=](const std::string& what, double done) { return progress(what, start + done * length); };
}

void bring_into_form(ConvertedPackage& result, const FormOptions& form) {
  Program& program = result.conversion.program;
  RewriteOptions options = form.rewrite;
  options.check &= result.conversion.parameters <= kProofParameters;
  result.rewrite = rewrite(program, options);
  program = result.rewrite->program;
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  std::error_code error;
  const fs::path inner = fs::weakly_canonical(path, error);
  const fs::path outer = fs::weakly_canonical(folder, error);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

}  // namespace

ConvertedPackage convert_package(const fs::path& source, const fs::path& destination, const ConvertOptions& options,
                                 const Progress& progress, const FormOptions& form) {
  const auto start = std::chrono::steady_clock::now();
  ConvertedPackage result;
  result.package = destination.has_filename() ? destination : destination.parent_path();  // a trailing slash
  if (result.package.extension() != ".mlpackage")
    fail("-o: {}: expected a name that ends in .mlpackage", destination.string());
  const fs::path assets = assets_folder(result.package);
  check_only_assets(assets);
  if (is_inside(source, result.package) || is_inside(source, assets))
    fail("-o: {}: would replace the checkpoint", destination.string());

  const double checking = options.check ? 0.5 : 0;
  result.conversion = convert(source, options, part_of(progress, 0, checking));
  if (form.ane) bring_into_form(result, form);
  if (!result.passed()) return result;
  FolderSwap swap(assets);
  write_assets(result.conversion.assets, swap.folder());
  result.written = write_package(result.conversion.program, result.package, part_of(progress, checking, 1 - checking),
                                 options.threads);
  if (result.rewrite && result.rewrite->embeddings)
    write_package(*result.rewrite->embeddings, embeddings_package(result.package), {}, options.threads);
  if (!result.conversion.assets.empty()) {
    swap.commit();
    result.assets = assets;
  }
  report(progress, "done", 1);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace anemone

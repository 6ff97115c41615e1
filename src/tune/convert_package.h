// SPDX-License-Identifier: Apache-2.0
// A checkpoint becomes a package with its assets beside it. Both are complete, or what stood there before is untouched.
#pragma once

#include <filesystem>

#include "export/package.h"
#include "import/convert.h"

namespace anemone {

struct ConvertedPackage {
  Conversion conversion;
  WrittenPackage written;
  std::filesystem::path package;
  std::filesystem::path assets;  // empty when there are none
  double seconds = 0;
};

// `destination` ends in .mlpackage. Throws Error; see import/convert.h and export/package.h.
ConvertedPackage convert_package(const std::filesystem::path& source, const std::filesystem::path& destination,
                                 const ConvertOptions& options, const Progress& progress = {});

}  // namespace anemone
